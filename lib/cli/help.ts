/** What `stowage` says about itself. */
import manifest from '../../package.json' with { type: 'json' };

/** The version of the package. */
export const version: string = manifest.version;

/** What `stowage --help` prints. */
export const help = `stowage ${version}, an OCI / Docker registry

Usage
  stowage serve [flags]           serve a registry until SIGINT or SIGTERM
  stowage --help, --version

Flags of serve
  --driver memory|fs              where content is kept                        (fs)
  --root DIR                      the directory of the fs driver               (./data)
  --host HOST                     the address to listen on                     (127.0.0.1)
  --port PORT                     the port to listen on, 0 for any free one    (5000)
  --workers N                     processes that share the port and the root   (1)
  --allow-missing-references      take manifests whose blobs are not there
  --no-delete                     refuse to delete tags, manifests and blobs

Exit code: 0 stopped by a signal, 1 could not serve, 2 the command line is wrong.
`;
