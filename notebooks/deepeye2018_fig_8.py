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
# # Figure 8 of Cheng et al. 2018: objects detected in clips
#
# **What the paper says** (section 5.1, Fig. 8; section 5.3). "Experimental results show that all existing objects in
# these video clips can be detected precisely in real time." And Q-YOLO "can cost 3.994× less storage and computing
# resources compared with the full-precision" network {cite}`cheng2018deepeye`. The clips are from Moments in Time. Which
# ones is not said, they come without boxes, and no time of the detector is printed.

# %% tags=["parameters"]
profile = "small"  # how much is trained: smoke, small or full
seed = 0  # the first of the simulated worlds

# %%
from compactvid import notebook
from compactvid.experiments import detector_times
from compactvid.experiments.deepeye2018 import fig_8
from compactvid.experiments.recorded_values import figure_at_full, own_or_full
from compactvid.report.detections import described_detections, draw_detections
from compactvid.report.series import draw_panels

notebook.parameters("deepeye2018_fig_8", profile=profile, seed=seed)

# %% [markdown]
# ## The idea: from scores to boxes on a picture
#
# A detector gives hundreds of boxes for a picture, each with a score: how sure it is of an object, times the
# probability of the class. Of boxes that overlap, the surest one is kept. To draw the rest, a least score has to be
# chosen. With $T$ for the objects that are there and $D$ for the boxes drawn, what is found and what is right are
#
# $$\begin{gathered} \text{found} = \frac{|\text{objects of } T \text{ that a box finds}|}{|T|}, \\
# \text{right} = \frac{|\text{boxes of } D \text{ that find an object}|}{|D|}. \end{gathered}$$
#
# A box finds an object of its class if their intersection is at least half of their union. "All existing objects" asks
# for the first, "precisely" for the second. The least score is 0.24, Darknet's own at the time; the paper names none.
#
# The detectors are those of [Fig. 7](deepeye2018_fig_7), on simulated scenes: the float network and the 8-bit Q-YOLO,
# trained on as long. What is drawn are the first pictures that neither has seen.

# %%
pictures, boxes = fig_8.shown_scenes(profile, seed)
boxes, networks = fig_8.as_recorded("scenes", pictures, boxes, profile)
notebook.figure(
    draw_detections(pictures, boxes),
    "scenes",
    alt="Test scenes, float network on the left, 8-bit network on the right. "
    f"{described_detections(pictures, boxes)}.",
    caption="Test scenes. White, dashed: what is there. Orange: detections that "
    f"find it. Pink, dotted: detections that find nothing. Networks {networks}.",
    data=boxes,
)

# %% [markdown]
# ## Clips
#
# Moments in Time is given out on request only, and has no boxes. So clips are simulated here: a camera pans over a still
# scene, with the shapes that the detector knows. Half a second at 25 frames a second; every frame is detected on its own.

# %%
pictures, boxes = fig_8.shown_clip(profile, seed)
boxes, networks = fig_8.as_recorded("clip", pictures, boxes, profile)
notebook.figure(
    draw_detections(pictures, boxes),
    "clip",
    alt="Frames of a clip, float network on the left, 8-bit network on the right. "
    f"{described_detections(pictures, boxes)}.",
    caption="The first clip: first frame, one in the middle, and last. Boxes as above, "
    f"of networks {networks}.",
    data=boxes,
)

# %%
found = fig_8.found(profile, seed)
notebook.table(
    found[list(fig_8.FOUND_HEADINGS)],
    "Objects found, and detections that are right: means of this build's worlds ± half "
    "width of their 95 % interval",
    headings=fig_8.FOUND_HEADINGS,
    formats=fig_8.FORMATS,
)

# %%
columns, key = ["found", "found_closely", "precision"], "{key}.{network}.{column}"
key = f"deepeye2018_fig_8.{key}"
recorded = own_or_full(found, columns, key, fig_8.STEM, profile)
notebook.table(
    recorded[list(fig_8.RECORDED_HEADINGS)],
    "The same over five worlds, trained for longer, recorded at full",
    headings=fig_8.RECORDED_HEADINGS,
    formats=fig_8.FORMATS,
)
about = {"unit": "%", "seeds": fig_8.PROFILES[profile].worlds}
about |= {"data": fig_8.data(profile, seed), "tolerance": 5}
about |= {"reason": "other orders of sums train other detectors"}
notebook.record_frame(found, columns, key, **about)
key = "deepeye2018.claims.all_objects"
eight_bit = found.query("key == 'clips' and network == '8-bit'")
notebook.record_frame(eight_bit, ["found"], key, **about)

# %% [markdown]
# Over five worlds the 8-bit network finds {ledger}`deepeye2018.claims.all_objects:.0f` % of the objects in the clips, the float
# network {recorded}`deepeye2018_fig_8.clips.float.found:.0f` %. "All" and "precisely" pull against each other: with a
# lower least score more is found, and less of what is drawn is right.

# %%
own = fig_8.over_thresholds(profile, seed)
curves, which = figure_at_full(own, fig_8.STEM, "thresholds", profile)
notebook.figure(
    draw_panels(curves, fig_8.PANELS),
    "thresholds",
    alt=fig_8.described_thresholds(curves),
    caption="Objects found and detections right on the test scenes, by the least score "
    f"that is drawn: means of the worlds ({which}).",
    data=curves,
)

# %% [markdown]
# ## Clips that it has not learnt
#
# **Detections that mean something on real frames would need a detector that was trained on photographs.** None is at
# hand: of [tiny YOLOv2's weights](data_tiny_yolov2), trained on Pascal VOC, the sample that this book reads has six of
# nine convolutions. What can be drawn is how the scaled-down detector of six simulated shapes answers to frames that it
# was not made for. Its boxes say what reminds it of a disc or a cross, no more. There is nothing to count them against,
# and they decide nothing.

# %%
pictures, boxes = fig_8.shown_others(profile, seed)
boxes, networks = fig_8.as_recorded("others", pictures, boxes, profile)
notebook.figure(
    draw_detections(pictures, boxes),
    "others",
    alt=f"Frames of {fig_8.others_are()}, with the 8-bit network's detections. "
    f"{described_detections(pictures, boxes)}.",
    caption=f"Frames of {fig_8.others_are()}: detections of a network that was "
    f"trained on six simulated shapes, {networks}. Blue: not judged.",
    data=boxes,
)

# %% [markdown]
# ## Real time, and 3.994 times less computing?
#
# Of the network at its full size, 608 × 608 pixels and 15,867,885 values, two files were written for LiteRT, a runtime
# for phones and other terminal devices: float32, and all in 8 bits. They were run on one thread, frame by frame, in
# turns. The weights are random, which changes neither bytes nor times. This was recorded beforehand by
# `make record-detector`; 416 × 416 is the size of the network's own configuration file.

# %%
record = detector_times.recorded()
times, ratios = detector_times.networks(record), detector_times.ratios(record)
notebook.table(
    times[list(detector_times.NETWORK_HEADINGS)],
    detector_times.described(record),
    headings=detector_times.NETWORK_HEADINGS,
    formats=detector_times.FORMATS,
)
notebook.table(
    ratios,
    "Float32 over 8 bits",
    headings=detector_times.RATIO_HEADINGS,
    formats=detector_times.RATIO_FORMATS,
)

# %%
paper = detector_times.of_the_paper(record)
timed = {
    "data": "benchmarks/detector.py",
    "tolerance": 1e-6,
    "reason": "as recorded",
}
key = "deepeye2018.claims.real_time"
notebook.record_frame(paper, ["frames_per_second"], key, unit="frames/s", **timed)
key = "deepeye2018.claims.computing_saved"
rounds = detector_times.rounds(record)
notebook.record_frame(paper, ["time"], key, unit="ratio", seeds=rounds, **timed)
key = "deepeye2018.claims.multiplications_saved"
counted = {"tolerance": 0, "reason": "counted in the graphs of both files"}
notebook.record_frame(paper, ["multiplications"], key, unit="ratio", **counted)

# %% [markdown]
# ## What came out
#
# The 8-bit file makes {glue:text}`deepeye2018.claims.real_time:.1f` frames a second on one thread of the processor that
# the table names; the clips have 25. It takes the float32 file {glue:text}`deepeye2018.claims.computing_saved:.2f` times
# as long. The paper's 3.994 is a rate of bytes, and nothing in it measures computing. Both files multiply equally often
# (the float network's multiplications over those of 8 bits are
# {glue:text}`deepeye2018.claims.multiplications_saved:.3f`): numbers become narrower, not fewer. What a processor makes
# of narrower numbers is its own affair: how many of them fit into a register, and whether there are instructions that
# multiply and add them.
#
# Of the objects in simulated clips the 8-bit network finds
# {ledger}`deepeye2018.claims.all_objects:.0f` %, at the least score that Darknet draws. That is a small network on
# small pictures, and says how such a sentence can be tested, not what the paper's network does. To test it there, clips
# with boxes would be needed, which Moments in Time does not have.

# %%
notebook.ledger_rows()

# %% [markdown]
# ```{admonition} Exercise: what does a least score of 0 find?
# :class: dropdown
# Let the least score fall to 0, so that every box is drawn that is left of overlapping ones. Is then everything found?
# And what is right? *Nearly everything that has a box of its own at all; an object is still missed where a surer box
# of its class lies over it, or where no box overlaps it by a half. Of hundreds of boxes at most as many are right as
# there are objects: a few per cent. Neither number says anything without the other.*
# ```

# %%
notebook.provenance()
