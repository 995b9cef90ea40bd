/** What `stowage` says about itself. */
import manifest from '../../package.json' with { type: 'json' };

/** The version of the package. */
export const version: string = manifest.version;

/** What `stowage --help` prints. */
export const help = `stowage ${version}, an OCI / Docker registry

Usage
  stowage serve [flags]           serve a registry until SIGINT or SIGTERM
  stowage test-driver MODULE [flags]
                                  run the driver suite on a storage driver
  stowage check-s3 --bucket BUCKET [--endpoint URL] [--prefix PREFIX]
                                  ask an object store for what a registry needs of it
  stowage coverage --url URL      ask a running registry for everything in the API, and say what it serves
  stowage --help, --version

Flags of serve
  --driver memory|fs|s3           where content is kept                        (fs)
  --root DIR                      the directory of the fs driver               (./data)
  --bucket BUCKET                 the bucket of the s3 driver; credentials and region are found as the AWS SDK finds them
  --endpoint URL                  where the bucket is, if it is not at AWS
  --prefix PREFIX                 what all keys in the bucket begin with
  --host HOST                     the address to listen on                     (127.0.0.1)
  --port PORT                     the port to listen on, 0 for any free one    (5000)
  --workers N                     processes that share the port and the root   (1)
  --allow-missing-references      take manifests whose blobs are not there
  --no-delete                     refuse to delete tags, manifests and blobs
  --docs                          serve the reference of the API at / and /openapi.json as well

The module of test-driver (.js, .mjs, .cjs) exports by default a function that gives a new empty driver, or an object
with such a function as its create, and with what else the suite can use: name, reopen, peer, dispose, faults, losePower,
staged, lacks, levels, amounts.

Flags of test-driver
  --level LEVEL                   contract, concurrency, durability, scale, wire or all; can be repeated
                                                                               (all but scale)
  --sequences N                   how many random sequences are compared with the model
  --seed WORDS                    decides what the random sequences are

coverage pushes small things to repositories below stowage-coverage/, and leaves them there.

Exit code: 0 stopped by a signal, or all passed; 1 could not serve, or something failed or departs from the API;
2 the command line is wrong.
`;
