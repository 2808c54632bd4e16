"""The tours: through the whole page, and through one step of training. Each is a `tour` canvas.

A step is (its word, the tab that it opens, the part of the page that it frames).
"""

import gradio as gr

from tgan_demo.ui.canvases import canvas

Step = tuple[str, str, str]

PAGE: tuple[Step, ...] = (
    ("models", "play", "#models"),
    ("seed", "play", "#side-sliders"),
    ("samples", "play", "#play-canvas"),
    ("walk", "walk", "#walk-player"),
    ("inside", "inside", "#inside-wall"),
    ("train", "train", "#train-buttons"),
    ("yours", "play", "#favourites"),
    ("link", "play", "#copy-link"),
)
TRAINING: tuple[Step, ...] = tuple(
    (name, "train", f'#train [data-part="{part}"]')
    for name, part in (
        ("init", "start"),
        ("generate", "samples"),
        ("judge", "judge"),
        ("losses", "loss"),
        ("update", "steps"),
        ("repeat", "repeat"),
    )
)


def page_tour() -> gr.HTML:
    """Stands over the page. A first visit's welcome and the help start it, by `tgan.tour`."""
    fixed = {"id": "page-tour", "words": "tour", "steps": PAGE, "floats": True}
    return canvas("tour", elem_id="page-tour", fixed=fixed)


def training_tour() -> gr.HTML:
    """Stands in the Train tab, with a button that opens it; tells the numbers of the live run."""
    fixed = {"id": "train-tour", "words": "train.tour", "steps": TRAINING, "floats": False}
    return canvas("tour", elem_id="train-tour", fixed=fixed)
