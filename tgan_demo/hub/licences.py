"""Licences as the Hugging Face Hub names them in a card's front matter."""

import re

from tgan_demo.errors import ConfigError

_WORDS = """
apache-2.0 mit openrail bigscience-openrail-m creativeml-openrail-m bsd bsd-2-clause bsd-3-clause
bsd-3-clause-clear c-uda cc cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0
cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0
cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 afl-3.0 artistic-2.0 bsl-1.0 ecl-2.0 epl-1.0 epl-2.0 eupl-1.1 eupl-1.2
agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0 lgpl lgpl-2.1 lgpl-3.0 isc mpl-2.0 ms-pl odc-by odbl pddl ncsa ofl-1.1
osl-3.0 unlicense wtfpl zlib unknown other
"""  # https://huggingface.co/docs/hub/repositories-licenses
KNOWN = frozenset(_WORDS.split())
_NAME = re.compile(r"[A-Za-z0-9][\w .,()+-]{0,79}", re.ASCII)


def front_matter(licence: str) -> dict[str, str]:
    """What a card's front matter says of a licence; one that the Hub has no word for is "other", by name.

    Raises:
        ConfigError: none was given, or it is no name.
    """
    text = " ".join(str(licence).split())
    if not _NAME.fullmatch(text):
        raise ConfigError(
            f"a licence is named by a few words, such as cc-by-4.0 or MIT; got {text[:80]!r}"
        )
    word = text.lower().replace(" ", "-")
    if word in KNOWN:
        return {"license": word}
    return {"license": "other", "license_name": re.sub(r"[^a-z0-9.]+", "-", word).strip("-")}
