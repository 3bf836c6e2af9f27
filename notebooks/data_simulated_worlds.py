# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The simulated worlds
#
# Whoever has no real data builds this book on simulated data. They come from three *worlds*, which write the same files
# as the official ones: video features as YouTube-8M has them, scenes in boxes as Pascal VOC, and action clips as UCF11.
# Another seed is another world, so a comparison that holds in several worlds does not hang on one draw. This page shows
# what each world looks like, why its parameters are what they are, and where it differs from real data.

# %% tags=["parameters"]
profile = "small"  # how much of the data: smoke, small or real
seed = 0  # which worlds

# %%
from compactvid import notebook
from compactvid.datasets.simulated import ClipWorld, SceneWorld, VideoWorld
from compactvid.experiments.data import simulated_worlds as worlds
from compactvid.experiments.statistics import value_table
from compactvid.report.contact_sheet import draw_contact_sheet
from compactvid.report.feature_matrix import draw_feature_matrix
from compactvid.report.film_strips import draw_film_strips
from compactvid.report.parameters import parameter_table
from compactvid.report.series import draw_panels

notebook.parameters("data_simulated_worlds", profile=profile, seed=seed)

# %% [markdown]
# ## Videos as features
#
# A video has a topic, and labels that go with it. Each label is *seen* in one stretch of the video only: there its
# evidence is added to a background that belongs to the topic, an offset of the video's own, and noise. Some frames are
# outliers, which have nothing to do with the video. So a model that only averages frames dilutes what it looks for, and
# one that groups them can do better, as the papers say of real videos.

# %%
video = worlds.example_video(seed)
shown = [name for name in video.columns if name.startswith("class ")]
seen = ", ".join(f"{name} in {video[name].sum()} frames" for name in shown)
notebook.figure(
    draw_feature_matrix(video),
    "video",
    alt=f"A simulated video of {len(video)} frames as a matrix of 64 rows of "
    f"stored bytes. Bars above it mark when its classes are seen: {seen}. "
    f"{video.outlier.sum()} frames are outliers.",
    caption="One video's visual features, and when each of its classes is seen.",
    data=video,
)

# %%
notebook.definitions(
    parameter_table(VideoWorld(seed=seed)), "Video features: parameters"
)

# %% [markdown]
# ### Beside real videos
#
# Real labels are YouTube-8M's. Real frames are AudioSet's, since no real frame-level features of YouTube-8M are at
# hand: they are sound alone, ten seconds of it, and whitened.

# %%
values, curves = worlds.statistics(profile, seed)
numbers = value_table(values["videos"], worlds.WORLDS["videos"])
notebook.table(numbers, "Simulated and real videos")
notebook.record_frame(
    worlds.to_record(values),
    ["value"],
    "data_simulated_worlds.simulated.{world}.{key}",
    tolerance=1e-3,
    reason="a float on the edge of two bytes may fall on either side",
    data="simulated",
)

# %%
simulated, real = values["videos"]["simulated"], values["videos"]["YouTube-8M"]
notebook.figure(
    draw_panels(curves["labels"], worlds.panels("labels")),
    "labels",
    alt="Three panels, simulated beside real. Label frequency over rank "
    "falls alike. Labels a video vary less when simulated: variance "
    f"{simulated['labels_a_video_variance']:.1f}, real "
    f"{real['labels_a_video_variance']:.1f}. Pairs of labels come together "
    "above or below chance in both, real ones more so.",
    caption="Labels: how frequent they are, how many a video has, and how "
    "often pairs of the 20 commonest come together, over chance (pairs that "
    "ever do).",
    data=curves["labels"],
)

# %%
sound = values["videos"]["AudioSet"]
notebook.figure(
    draw_panels(curves["frames"], worlds.panels("frames")),
    "frames",
    alt="Two panels, simulated beside real. The autocorrelation of audio "
    f"frames is {simulated['autocorrelation_1']:.2f} at one second, real "
    f"{sound['autocorrelation_1']:.2f}, and "
    f"{simulated['autocorrelation_5']:.2f} and "
    f"{sound['autocorrelation_5']:.2f} at five. The standard deviation of "
    "mean visual features falls with the component, over 64 simulated and "
    "1,024 real ones.",
    caption="Frames: how much they resemble later ones, and how features spread.",
    data=curves["frames"],
)

# %% [markdown]
# ### Where this world differs, and what that means
#
# - **Labels.** Fewer of them, by far, and their number varies less from video to video than the real one does: no
#   simulated video has a dozen. To guess how many labels a video has is easier here. Real pairs are tied together more
#   tightly, and more of them never meet, so a model of label co-occurrence has less to gain here.
# - **Frames.** A simulated video lasts for seconds, not for minutes. Neighbouring frames resemble each other about as
#   much as real ones do, but frames some seconds apart less: what lasts is one background and one offset, while outliers
#   and evidence come and go. So averaging frames loses a little more here than it would on real sound.
# - **Clipping.** Real embeddings are whitened, so many of their values lie at an end of the range; simulated ones
#   seldom do. What is said here about rounding to a byte is therefore said of a friendlier case.
# - **Features.** Gaussian, and few. What real features look like is what networks made of real pictures, and nothing
#   here claims to be that.
#
# So a simulated score compares methods where the truth is known. It never stands for a real one, and no verdict in the
# ledger lets it.

# %% [markdown]
# ## Scenes
#
# Textured shapes that hide each other, on a textured background. Neither colour nor texture nor place tells a class.

# %%
images, boxes = worlds.example_scenes(seed)
labels = ", ".join(
    f"{n} × {label}" for label, n in boxes.label.value_counts().items()
)
notebook.figure(
    draw_contact_sheet(images, boxes),
    "scenes",
    alt=f"{len(images)} simulated scenes with {len(boxes)} boxes: {labels}; "
    f"{boxes.difficult.sum()} of them dashed as difficult.",
    caption="Scenes with the boxes of what is seen of each object; dashed: "
    "difficult.",
    data=boxes,
)
notebook.definitions(parameter_table(SceneWorld(seed=seed)), "Scenes: parameters")

# %%
numbers = value_table(values["scenes"], worlds.WORLDS["scenes"])
notebook.table(numbers, "Simulated and real scenes")
simulated, real = values["scenes"]["simulated"], values["scenes"]["VOC"]
notebook.figure(
    draw_panels(curves["scenes"], worlds.panels("scenes")),
    "scenes-beside-real",
    alt="Two panels, simulated beside real: objects an image, "
    f"{simulated['objects_an_image']:.1f} and {real['objects_an_image']:.1f} "
    "on average; and box areas, half of them below "
    f"{simulated['median_area_share']:.0%} and "
    f"{real['median_area_share']:.0%} of the image.",
    caption="Scenes: how many objects they have, and how large.",
    data=curves["scenes"],
)

# %% [markdown]
# Real scenes go further at both ends: boxes of a thousandth of the image, boxes that fill it, and groups of ten. Real
# objects are cut by the image's edge more often. And real classes look alike in ways that six shapes do not, so a detector's
# precision here says how well its parts work, not how good it would be on photographs.

# %% [markdown]
# ## Clips
#
# One object on a still background. The class is how it moves: its colour, shape, size and place are the same in all
# classes, and no single frame tells them apart.

# %%
strips, places = worlds.example_clips(seed)
notebook.figure(
    draw_film_strips(strips),
    "clips",
    alt=f"{len(strips)} simulated clips as strips of six frames, one for "
    f"each motion: {', '.join(strips)}. In each, one light object moves over "
    "a still background.",
    caption="A clip of each class, six frames in the order of time.",
    data=places,
)
notebook.definitions(parameter_table(ClipWorld(seed=seed)), "Clips: parameters")

# %%
numbers = value_table(values["clips"], worlds.WORLDS["clips"])
notebook.table(numbers, "Simulated and real clips")
simulated, real = values["clips"]["simulated"], values["clips"]["UCF101"]
notebook.figure(
    draw_panels(curves["clips"], worlds.panels("clips")),
    "clips-beside-real",
    alt="Mean absolute difference of frames over their distance: at 5 "
    f"frames, simulated {simulated['difference_5']:.1f} grey levels, real "
    f"{real['difference_5']:.1f}.",
    caption="Clips: how much frames differ.",
    data=curves["clips"],
)

# %% [markdown]
# Real clips change more: the camera moves, and so does what is behind the action. Here nothing moves but the object, and
# the background never tells the class, as it often does in sports. What is learnt from these clips is motion alone.

# %%
notebook.provenance()
