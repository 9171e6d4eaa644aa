#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An OpenID Connect issuer for the clients: issuer.py FOLDER. Writes the
access tokens of its callers and the callers file, then serves its keys until
it is killed."""
import json
import os
import signal
import sys
import time

from oidclib import AUDIENCE, Issuer, Key

folder = sys.argv[1]
issuer = Issuer([Key(folder, 'conformance', 'rsa')], '/realms/conformance')
now = int(time.time())


def write(name, text):
    path = os.path.join(folder, name)
    with open(path + '.new', 'w') as f:
        f.write(text)
    os.rename(path + '.new', path)


write('contributor.jwt', issuer.token('Attestation Contributor',
                                      exp=now + 3600))
write('reader.jwt', issuer.token('Attestation Reader', sub='bob',
                                 exp=now + 3600))
write('expired.jwt', issuer.token('Attestation Contributor', nbf=now - 900,
                                  iat=now - 900, exp=now - 300))
write('callers.json', json.dumps(
    {'issuers': [{'issuer': issuer.url, 'audience': AUDIENCE}]}))
signal.pause()
