import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle

from compactvid.report.feature_maps import draw_feature_maps


def test_maps_share_their_colours_and_lie_over_the_picture():
    rows, columns = (grid.reshape(-1) + 1 for grid in np.indices((4, 6)))
    exact = np.linspace(-1, 2, 24)
    maps = pd.DataFrame({"row": rows, "column": columns, "float": exact, "eight_bit": exact - 1.5})
    maps["difference"] = np.where(maps.index == 7, -0.5, 0.25)
    picture = np.zeros((8, 12, 3), "uint8")
    figure = draw_feature_maps(picture, maps, row=2, column=5)
    shown = [axes for axes in figure.axes if axes.get_title(loc="left")]
    assert [axes.get_title(loc="left") for axes in shown] == [
        "picture",
        "in float",
        "8-bit levels",
        "difference, levels",
    ]
    images = [axes.images[0] for axes in shown]
    assert {tuple(image.get_extent()) for image in images} == {(0.5, 6.5, 4.5, 0.5)}
    assert [image.get_clim() for image in images[1:]] == [(-2.5, 2.5), (-2.5, 2.5), (-0.5, 0.5)]
    np.testing.assert_array_equal(images[1].get_array(), exact.reshape(4, 6))
    assert images[3].get_array()[1, 1] == -0.5
    for axes in shown:
        (frame,) = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
        assert (frame.get_xy(), frame.get_width(), frame.get_height()) == ((4.5, 1.5), 1, 1)
    plt.close(figure)
