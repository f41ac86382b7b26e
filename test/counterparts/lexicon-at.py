"""Runs lexicon's command line at another base URL: LEXICON_ZONE=a.test LEXICON_BASE=http://127.0.0.1:1/client/v4 python lexicon-at.py cloudflare …

Lexicon has neither an option nor a variable for the base URL (Route 53 has one of boto's own), and its command line looks
the zone up in the DNS of the machine, which knows nothing of a zone that only exists here.
"""

import importlib
import os
import sys

import dns.name
import dns.resolver

dns.resolver.zone_for_name = lambda domain: dns.name.from_text(os.environ["LEXICON_ZONE"])

base = os.environ.get("LEXICON_BASE")
module = importlib.import_module("lexicon._private.providers." + sys.argv[1])
original = module.Provider.__init__


def at_base(self, config):
    original(self, config)
    self.api_endpoint = base


if base:
    module.Provider.__init__ = at_base

from lexicon._private.cli import main  # noqa: E402

main()
