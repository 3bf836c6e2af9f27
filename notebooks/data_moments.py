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
# # Moments in Time: a million clips, on request
#
# {cite:t}`cheng2018deepeye` show their detector at work on Moments in Time {cite}`monfort2019moments`:
# clips of three seconds, each with one of 339 verbs. The data are given out on request only, so this page says what a
# request brings and where it goes. Nothing is measured here.

# %% tags=["parameters"]
profile = "small"  # smoke, small or real: nothing depends on it
seed = 0  # nothing is drawn

# %%
from compactvid import notebook
from compactvid.manifests import manifest
from compactvid.report import dataset_tables as tables

notebook.parameters("data_moments", profile=profile, seed=seed)

# %% [markdown]
# ## The files

# %%
data = manifest("moments_in_time")
notebook.table(tables.split_table(data), "Splits, as the manifest knows them")
notebook.table(tables.feature_table(data), "What a clip is")
notebook.definitions(tables.terms_table(data), "Source, licence and commands")

# %% [markdown]
# Clips in the layout of actions and groups are on the page of [UCF11](data_ucf11), simulated ones on that of
# [the simulated worlds](data_simulated_worlds).

# %%
notebook.provenance()
