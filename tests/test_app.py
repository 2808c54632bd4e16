"""What app.py does before a user comes: nothing that can fail unseen."""

import app


def test_warming_up_takes_one_step_of_a_toy() -> None:
    app.warm_up()
