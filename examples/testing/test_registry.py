"""A registry around a test in Python:
stowage fixture --seed team/app:1.0=./layout --fail operation=getManifest,times=1,status=503 -- python3 -m unittest test_registry.py
"""

import hashlib
import json
import os
import unittest
import urllib.error
import urllib.request


def get(url):
    """Asks again once where the registry is busy."""
    try:
        return urllib.request.urlopen(url).read()
    except urllib.error.HTTPError as error:
        if error.code != 503:
            raise
        return urllib.request.urlopen(url).read()


class Pull(unittest.TestCase):
    def test_the_layers_come_whole(self):
        api = os.environ["TEST_REGISTRY_URL"] + "/v2/team/app"
        manifest = json.loads(get(api + "/manifests/1.0"))
        for layer in manifest["layers"]:
            content = get(api + "/blobs/" + layer["digest"])
            self.assertEqual("sha256:" + hashlib.sha256(content).hexdigest(), layer["digest"])


if __name__ == "__main__":
    unittest.main()
