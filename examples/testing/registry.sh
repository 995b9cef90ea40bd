#!/bin/sh
# A registry around a script:
# stowage fixture --seed team/app:1.0=./layout --fail operation=getManifest,times=1,status=503 -- sh registry.sh
set -eu
api=$TEST_REGISTRY_URL/v2/team/app

# curl asks again where the registry is busy.
manifest=$(curl --fail --silent --retry 1 "$api/manifests/1.0")
for digest in $(echo "$manifest" | grep -o 'sha256:[0-9a-f]*'); do
  sum=$(curl --fail --silent "$api/blobs/$digest" | sha256sum)
  test "sha256:${sum%% *}" = "$digest"
done
