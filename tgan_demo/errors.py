"""The errors that a user can cause and mend. Each text says what was wanted, what came, what to do."""


class TganError(ValueError):
    """Anything a user can cause; `ui/` shows its text, the command line prints it without a trace."""


class ConfigError(TganError):
    """A setting is out of its range or unknown."""


class DataError(TganError):
    """An upload, a folder or a data set cannot be used."""


class WeightsError(TganError):
    """A checkpoint is missing, damaged, foreign or made for another size."""


class NotFoundError(TganError):
    """There is no model, run or upload of that name (for this visitor)."""


class BusyError(TganError):
    """Another server uses the data directory."""


class LostError(TganError):
    """Another of the processes that train a run together has ended."""


class QuotaError(TganError):
    """A visitor's share of the disk, of the queue or of the time is used up."""
