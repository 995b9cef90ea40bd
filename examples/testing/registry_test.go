// A registry around a test in Go:
// stowage fixture --seed team/app:1.0=./layout --fail operation=getManifest,times=1,status=503 -- go test registry_test.go
package registry

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"testing"
)

// get asks again once where the registry is busy.
func get(url string) (*http.Response, error) {
	response, err := http.Get(url)
	if err == nil && response.StatusCode == http.StatusServiceUnavailable {
		return http.Get(url)
	}
	return response, err
}

func TestPull(t *testing.T) {
	api := os.Getenv("TEST_REGISTRY_URL") + "/v2/team/app"
	response, err := get(api + "/manifests/1.0")
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatal(response, err)
	}
	var manifest struct {
		Layers []struct {
			Digest string
			Size   int
		}
	}
	if err := json.NewDecoder(response.Body).Decode(&manifest); err != nil {
		t.Fatal(err)
	}
	for _, layer := range manifest.Layers {
		response, err := get(api + "/blobs/" + layer.Digest)
		if err != nil {
			t.Fatal(err)
		}
		if bytes, err := io.ReadAll(response.Body); err != nil || len(bytes) != layer.Size {
			t.Fatal(len(bytes), err)
		}
	}
}
