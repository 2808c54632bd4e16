"""The painted sets: same numbers, same bytes; more than a million samples."""

import random

import numpy as np
import pytest

from tgan_demo.data import catalogue, held_out, recipes
from tgan_demo.errors import DataError, NotFoundError
from tgan_demo.modalities.image import makers as procedural


@pytest.mark.parametrize("name", procedural.MAKERS)
def test_a_sample_depends_on_name_index_and_seed_only(name):
    whole = catalogue.make(name, count=30, seed=3)
    again = catalogue.make(name, count=30, seed=3)
    assert np.array_equal(whole.items, again.items)
    item, label = procedural.draw(name, 17, seed=3)
    assert np.array_equal(item, whole.items[17]) and label == whole.labels[17]
    assert not np.array_equal(whole.items, catalogue.make(name, count=30, seed=4).items)


@pytest.mark.parametrize("name", procedural.MAKERS)
def test_shapes_labels_and_names_fit_the_contract(name):
    painting = procedural.PAINTINGS[name]
    count = 2 * len(painting.classes)
    data = catalogue.make(name, count=count)
    assert data.items.shape == (count, painting.size, painting.size, painting.channels)
    assert data.items.dtype == np.uint8 and data.labels.dtype == np.int64
    assert np.bincount(data.labels).tolist() == [2] * len(painting.classes)  # balanced
    assert data.classes == painting.classes and len(set(data.classes)) == len(data.classes)
    assert data.licence and data.source
    other = procedural.paint(name, 3, size=64)[0]
    assert other.shape[1:3] == (64, 64)


def test_a_recipe_without_end_gets_other_samples_than_its_parts():
    recipe = recipes.load_recipe("image-landscapes")
    recipe.data["count"] = 12
    train, test = (recipes.load_data(recipe, split=part) for part in ("train", "test"))
    assert test.more is None and len(test) == 2
    items, labels = train.more(12, 7)
    assert items.shape == (12, 64, 64, 3) and labels.tolist() == [(7 + i) % 6 for i in range(12)]
    known = {item.tobytes() for part in (train, test) for item in part.items}
    assert not known & {item.tobytes() for item in items}
    rest, validation = held_out.for_validation(train)
    assert rest.more and validation.more is None


@pytest.mark.parametrize("name", procedural.MAKERS)
def test_there_are_more_than_a_million_samples(name):
    """Two ways: 4,000 draws without a repeat would have odds below e^-8 if there were a million
    or fewer; and every sample is made from many free numbers."""
    items, _ = procedural.paint(name, 4000, size=16)
    assert len({item.tobytes() for item in items}) == 4000

    class Counting(random.Random):
        asked = 0

        def random(self):
            self.asked += 1
            return super().random()

        def getrandbits(self, k):
            self.asked += 1
            return super().getrandbits(k)

    painting = procedural.PAINTINGS[name]
    for label in range(len(painting.classes)):
        rng = Counting(label)
        painting.paint(rng, label, 32)
        assert rng.asked >= 10  # ten numbers of only four steps each are a million


@pytest.mark.parametrize("name", procedural.MAKERS)
def test_pictures_vary_and_are_not_empty(name):
    data = catalogue.make(name, count=200)
    assert (data.items.reshape(200, -1).std(1) > 5).all()
    assert data.items.std(0).mean() > 20
    if data.items.shape[-1] == 1:  # white on black, clear of the border, like MNIST
        assert np.median(data.items) == 0 and data.items.reshape(200, -1).max(1).min() > 120
        edge = np.concatenate([data.items[:, 0], data.items[:, -1]], 1)
        assert edge.mean() < 3


def test_a_class_can_be_told_from_the_others():
    """The nearest class mean beats chance by far on digits, so labels belong to their pictures."""
    train, test = (
        catalogue.make("digits", count=1000),
        catalogue.make("digits", count=300, seed=9),
    )
    means = np.stack([train.items[train.labels == k].mean(0).ravel() for k in range(10)])
    rows = test.items.reshape(300, -1).astype(np.float64)
    guess = ((rows[:, None] - means) ** 2).sum(-1).argmin(1)
    assert (guess == test.labels).mean() > 0.6


def test_wrong_names_counts_and_sizes_are_named():
    with pytest.raises(NotFoundError, match="did you mean 'digits'"):
        catalogue.make("digit")
    with pytest.raises(DataError, match="got 0"):
        catalogue.make("faces", count=0)
    with pytest.raises(DataError, match="16 to 128"):
        procedural.paint("faces", 1, size=4096)
