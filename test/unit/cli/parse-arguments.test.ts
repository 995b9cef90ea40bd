/** What the words of a command line become. */
import { describe, expect, it } from 'vitest';
import { type Flag, nameOf, UsageError } from '../../../lib/cli/flag-values.ts';
import { commands } from '../../../lib/cli/flags.ts';
import { help } from '../../../lib/cli/help.ts';
import { readArguments } from '../../../lib/cli/parse-arguments.ts';
import { strangeVariables } from '../../../lib/cli/variables.ts';

const read = (line: string) => readArguments(line.split(' '));

describe('the arguments of serve', () => {
  it('have the defaults that the help shows', () => {
    expect(read('serve')).toEqual({
      name: 'serve',
      serve: {
        driver: 'fs',
        root: undefined,
        bucket: undefined,
        tls: undefined,
        logins: undefined,
        options: undefined,
        host: '127.0.0.1',
        port: 5000,
        workers: 1,
        allowMissingReferences: false,
        deletes: true,
        docs: false,
        log: false,
      },
    });
    for (const shown of ['(fs)', '(./data)', '(127.0.0.1)', '(5000)', '(1)', '(all but scale)']) expect(help).toContain(shown);
  });

  it('are what the flags say', () => {
    expect(
      read(
        'serve --driver s3 --bucket b --endpoint http://h:1 --prefix p --host [::1] --docs --no-delete --allow-missing-references',
      ),
    ).toMatchObject({
      serve: {
        bucket: { bucket: 'b', endpoint: 'http://h:1', prefix: 'p' },
        host: '::1',
        allowMissingReferences: true,
        deletes: false,
        docs: true,
      },
    });
  });

  it.each([
    ['9090', { host: '127.0.0.1', port: 9090 }],
    ['metrics.local:9090', { host: 'metrics.local', port: 9090 }],
    ['[::1]:0', { host: '::1', port: 0 }],
  ])('have metrics at %s', (place, metrics) => {
    expect(read(`serve --metrics ${place}`)).toMatchObject({ serve: { metrics } });
  });

  it.each(['abc', '127.0.0.1', '::1', ':9090', '127.0.0.1:', 'host:65536', '[]:1'])('have no metrics at %s', (place) => {
    expect(() => read(`serve --metrics ${place}`)).toThrow(
      `--metrics is a port, or a host and a port, as in '9090', '0.0.0.0:9090' and '[::]:9090', not '${place}'`,
    );
  });

  it('are those of the last flag where one is repeated', () => {
    expect(read('serve --port 1 --docs --port 2 --docs')).toMatchObject({ serve: { port: 2, docs: true } });
  });

  it('are modes in octal digits', () => {
    expect(read('serve --file-mode 640 --directory-mode 2750')).toMatchObject({
      serve: { fileMode: 0o640, directoryMode: 0o2750 },
    });
    for (const mode of ['400', '0o640', '889', 'u=rw', '64']) {
      const complaint = `--file-mode must be a mode that lets the owner read and write, from 600 to 777, not "${mode}"`;
      expect(() => read(`serve --file-mode ${mode}`)).toThrow(new UsageError(complaint));
    }
  });

  it('are refused where the option that they set would be', () => {
    expect(() => read('serve --driver s3 --bucket b --prefix /p')).toThrow(
      new UsageError('--prefix must be text that does not begin with a slash, not "/p"'),
    );
  });
});

describe('variables of the environment', () => {
  const withVariables = (line: string, variables: Record<string, string>) => readArguments(line.split(' '), variables);

  it('are what flags are that are not given', () => {
    const variables = { STOWAGE_PORT: '5001', STOWAGE_DRIVER: 'memory', STOWAGE_NO_DELETE: 'true', STOWAGE_DOCS: '0' };
    expect(withVariables('serve --port 5002', variables)).toMatchObject({
      serve: { port: 5002, driver: 'memory', deletes: false, docs: false },
    });
    expect(withVariables('serve', { STOWAGE_PORT: '', STOWAGE_LOG: 'false' })).toEqual(read('serve'));
  });

  it.each([
    ['STOWAGE_PORT', '70000', "STOWAGE_PORT is a number from 0 to 65535, not '70000'"],
    ['STOWAGE_DRIVER', 'disk', "STOWAGE_DRIVER is 'memory', 'fs' or 's3', not 'disk'"],
    ['STOWAGE_LOG', 'yes', "STOWAGE_LOG is true or false, not 'yes'"],
    ['STOWAGE_FILE_MODE', '400', 'STOWAGE_FILE_MODE must be a mode'],
  ])('are refused by their own name: %s=%s', (name, text, complaint) => {
    expect(() => withVariables('serve', { [name]: text })).toThrow(UsageError);
    expect(() => withVariables('serve', { [name]: text })).toThrow(complaint);
  });

  it('are not those that Kubernetes gives for a service of that name', () => {
    const variables = {
      STOWAGE_PORT: 'tcp://10.0.0.1:5000',
      STOWAGE_PORT_5000_TCP_ADDR: '10.0.0.1',
      STOWAGE_SERVICE_HOST: '10.0.0.1',
      STOWAGE_DELETES: 'false',
      HOME: '/',
    };
    expect(withVariables('serve', variables)).toEqual(read('serve'));
    expect(strangeVariables(commands.serve.flags, variables)).toEqual([
      'no flag has the variable STOWAGE_DELETES; did you mean STOWAGE_NO_DELETE?',
    ]);
  });

  it('are of no command but serve', () => {
    expect(() => withVariables('coverage', { STOWAGE_URL: 'http://127.0.0.1:5000' })).toThrow(UsageError);
  });
});

describe('a configuration', () => {
  const withConfig = (members: Record<string, unknown>, line = 'serve', variables = {}) =>
    readArguments(line.split(' '), variables, { file: 'stowage.config.js', members });

  it('says what flags and variables do not', () => {
    const members = { port: 5001, host: '::1', driver: 'memory', deletes: false, fileMode: '640', options: { minChunkBytes: 1 } };
    expect(withConfig(members, 'serve --port 5003', { STOWAGE_HOST: 'h' })).toMatchObject({
      serve: { port: 5003, host: 'h', driver: 'memory', deletes: false, fileMode: 0o640, options: { minChunkBytes: 1 } },
    });
    const plain = read('serve');
    const { serve } = 'serve' in plain ? plain : {};
    expect(withConfig({})).toEqual({ ...plain, serve: { ...serve, configFile: 'stowage.config.js' } });
  });

  it.each([
    [{ port: 70_000 }, "stowage.config.js: port is a number from 0 to 65535, not '70000'"],
    [{ port: true }, 'stowage.config.js: port is text or a number, not true'],
    [{ deletes: 'no' }, 'stowage.config.js: deletes is true or false, not "no"'],
    [{ prot: 1 }, "stowage.config.js: there is no 'prot'; did you mean port?"],
    [{ config: 'x' }, "stowage.config.js: there is no 'config'"],
  ])('is refused in words: %j', (members, complaint) => {
    expect(() => withConfig(members)).toThrow(UsageError);
    expect(() => withConfig(members)).toThrow(complaint);
  });
});

describe('the arguments of fixture', () => {
  it('are contents, faults and logins, and a command behind --', () => {
    expect(
      read(
        'fixture --seed a/b:1=x --auth basic --user ann:a:b --user 42:c --requests --fail operation=getBlob,drop -- go test -- -v',
      ),
    ).toEqual({
      name: 'fixture',
      fixture: {
        seeds: [{ reference: 'a/b:1', path: 'x', entry: undefined }],
        faults: [{ operation: 'getBlob', drop: true }],
        auth: { scheme: 'basic', users: { ann: 'a:b', 42: 'c' } },
        user: 'ann',
        requests: true,
        command: ['go', 'test', '--', '-v'],
      },
    });
    expect(read('fixture -- true')).toEqual({
      name: 'fixture',
      fixture: { seeds: [], faults: [], auth: undefined, requests: false, command: ['true'] },
    });
  });

  it.each([
    ['status=503,retryAfter=1', { status: 503, retryAfter: 1 }],
    ['reference=1.0,chance=0.5,delay=10,served=false', { reference: '1.0', chance: 0.5, delay: 10, served: false }],
    ['operation=getBlob,operation=getManifest,cutAfter=100', { operation: ['getBlob', 'getManifest'], cutAfter: 100 }],
    ['status=418,message=a=b', { status: 418, message: 'a=b' }],
    ['headers.Location=/elsewhere,headers.ETag="x"', { headers: { Location: '/elsewhere', ETag: '"x"' } }],
    ['repository=/^team/,drop', { repository: /^team/, drop: true }],
    ['path=/v2/,drop', { path: '/v2/', drop: true }],
    ['{"status":503,"message":"a,b","path":"/blobs/"}', { status: 503, message: 'a,b', path: /blobs/ }],
  ])('have faults: %s', (text, fault) => {
    expect(read(`fixture --fail ${text} -- true`)).toMatchObject({ fixture: { faults: [fault] } });
  });

  it('have behaviours', () => {
    expect(read('fixture --behaviours no-referrers,no-ranges -- true')).toMatchObject({
      fixture: { behaviours: ['no-referrers', 'no-ranges'] },
    });
  });

  it.each([
    ['fixture', "'fixture' needs a command behind --, as in 'stowage fixture -- npm test'"],
    ['fixture --', "'fixture' needs a command behind --"],
    ['fixture -- ', "'fixture' needs a command behind --"],
    ['fixture --auth basic --user ann:a --user ann:b -- true', '--user has ann more than once'],
    ['fixture go test', "'fixture' takes -- before the command that it runs, as in 'stowage fixture -- go'"],
    ['fixture go -- test', "'fixture' takes -- before the command that it runs"],
    ['fixture pytest -q', "Unknown option '-q'; -- goes before the command that fixture runs"],
    ['fixture --seeds a=b -- true', "Unknown option '--seeds'; did you mean --seed?"],
    ['fixture --seed a:1 -- true', "--seed is REF=PATH, as in 'team/app:1.0=./layout', not 'a:1'"],
    ['fixture --seed', '--seed needs a value'],
    ['fixture --seed --auth basic -- true', '--seed needs a value'],
    ['fixture --auth token --user a:b -- true', "--auth is 'basic' or 'bearer', not 'token'"],
    ['fixture --auth basic -- true', '--auth needs a --user NAME:PASSWORD'],
    ['fixture --user a:b -- true', '--user needs an --auth'],
    ['fixture --auth basic --user ann -- true', '--user is NAME:PASSWORD'],
    ['fixture --fail statsu=503 -- true', "--fail has no 'statsu'; did you mean status?"],
    ['fixture --fail hedgehog -- true', "--fail has no 'hedgehog'; it has operation, method"],
    ['fixture --fail times=2 -- true', '--fail: a fault does nothing without one of delay'],
    ['fixture --fail status=200 -- true', '--fail: status must be a status from 400 to 599, not 200'],
    ['fixture --fail operation=getManifests,drop -- true', "--fail: operation must be '"],
    ['fixture --fail headers=x -- true', '--fail: headers are given one by one, as in headers.Location='],
    ['fixture --fail repository=team/*,drop -- true', '--fail: repository must be the name of a repository'],
    ['fixture --fail repository=/[/,drop -- true', '--fail: Invalid regular expression'],
    ['fixture --fail {x -- true', '--fail: '],
    ['fixture --behaviours no-refferers -- true', "--behaviours has no 'no-refferers'; did you mean no-referrers?"],
    ['fixture --fail expireToken -- true', "--fail: expireToken needs '--auth bearer'"],
    ['serve -- true', "'serve' takes flags only, not 'true'"],
  ])('are refused in words: %s', (line, words) => {
    expect(() => read(line)).toThrow(UsageError);
    expect(() => read(line)).toThrow(words);
  });
});

describe('what is mistyped', () => {
  it.each([
    ['srve', 'did you mean serve?'],
    ['serv', 'did you mean serve?'],
    ['test-drivers m.mjs', 'did you mean test-driver?'],
    ['serve --prot 5001', 'did you mean --port?'],
    ['serve --worker 2', 'did you mean --workers?'],
    ['serve --tls-certificate x', 'did you mean --tls-cert?'],
  ])('%s: %s', (line, words) => {
    expect(() => read(line)).toThrow(words);
  });

  it.each(['push', 'serve --colour red', 'serve --x'])('%s: nothing is near', (line) => {
    expect(() => read(line)).toThrow(UsageError);
    expect(() => read(line)).not.toThrow('did you mean');
  });
});

describe('help and version', () => {
  it('are commands, too', () => {
    for (const name of ['help', 'version']) expect(read(name)).toEqual({ name });
  });
});

describe('flags of a certificate', () => {
  it('come together', () => {
    expect(read('serve --tls-cert c.pem --tls-key k.pem')).toMatchObject({
      serve: { tls: { certificate: 'c.pem', key: 'k.pem' } },
    });
    expect(() => read('serve --tls-cert c.pem')).toThrow('--tls-cert needs a --tls-key');
    expect(() => read('serve --tls-key k.pem')).toThrow('--tls-key needs a --tls-cert');
  });
});

describe('flags of a bucket', () => {
  it.each(['--bucket b', '--endpoint http://h:1', '--prefix p'])('are refused without the s3 driver: %s', (flags) => {
    const complaint = `${flags.split(' ')[0]} needs --driver s3`;
    for (const driver of ['', '--driver fs', '--driver memory']) {
      expect(() => read(`serve ${driver} ${flags}`.replace('  ', ' '))).toThrow(new UsageError(complaint));
    }
  });
});

describe('the arguments of the other commands', () => {
  const whole = { only: undefined, bail: false, json: false };

  it('of test-driver: levels can be repeated, and amounts are those that were given', () => {
    expect(read('test-driver m.mjs --level wire --level contract --sequences 7 --rounds 9')).toEqual({
      name: 'test-driver',
      testDriver: { module: 'm.mjs', levels: ['wire', 'contract'], amounts: { sequences: 7, rounds: 9 }, ...whole },
    });
    expect(read('test-driver m.mjs --level all')).toMatchObject({
      testDriver: { levels: ['contract', 'concurrency', 'durability', 'scale', 'wire'] },
    });
    expect(read('test-driver m.mjs')).toMatchObject({ testDriver: { levels: undefined, amounts: {} } });
  });

  it('of dead-letters are a sink, a directory, and what becomes of them', () => {
    const usual = { sink: 'webhook', root: './data', does: 'print' };
    for (const [words, expected] of [
      ['', usual],
      [' log --root /srv --json', { sink: 'log', root: '/srv', does: 'print JSON' }],
      [' --revive', { ...usual, does: 'revive' }],
      [' --discard', { ...usual, does: 'discard' }],
    ] as const) {
      expect(read(`dead-letters${words}`)).toEqual({ name: 'dead-letters', deadLetters: expected });
    }
    expect(() => read('dead-letters --revive --discard')).toThrow('--revive and --discard are not done together');
    expect(() => read('dead-letters Log')).toThrow("a sink has a name of small letters, digits and hyphens, not 'Log'");
  });

  it('of verify are repositories, a directory, and how fast it is read', () => {
    const usual = { repositories: undefined, root: './data', rate: undefined, withdraw: false, json: false };
    for (const [words, expected] of [
      ['', usual],
      [' a team/app --root /srv --json', { ...usual, repositories: ['a', 'team/app'], root: '/srv', json: true }],
      [' --rate 50MiB --withdraw', { ...usual, rate: 50 * 2 ** 20, withdraw: true }],
      [' --rate 1000', { ...usual, rate: 1_000 }],
    ] as const) {
      expect(read(`verify${words}`)).toEqual({ name: 'verify', verify: expected });
    }
    expect(() => read('verify --rate 0')).toThrow("--rate is a number of bytes, as in '50MiB', '800KiB' and '1000000', not '0'");
    expect(() => read('verify A')).toThrow("'A' is not the name of a repository");
  });

  it('of check-s3 and coverage are where to ask', () => {
    expect(read('check-s3 --bucket b')).toEqual({
      name: 'check-s3',
      bucket: { bucket: 'b', endpoint: undefined, prefix: undefined },
    });
    expect(read('coverage --url http://h:5000/')).toEqual({ name: 'coverage', coverage: { origin: 'http://h:5000' } });
  });
});

it('flags of one name have a value in all commands, or in none', () => {
  const takes = new Map<string, boolean>();
  for (const { flags } of Object.values(commands))
    for (const [argument, flag] of Object.entries<Flag>(flags)) {
      const name = nameOf(argument, flag);
      expect([name, 'read' in flag]).toEqual([name, takes.get(name) ?? 'read' in flag]);
      takes.set(name, 'read' in flag);
    }
});

describe('the help', () => {
  it('shows every command and every flag, in plain text of at most 130 columns', () => {
    for (const [name, { flags }] of Object.entries(commands)) {
      expect(help).toContain(`stowage ${name} `);
      for (const flag of Object.values<object>(flags)) if ('value' in flag) expect(help).toContain(` ${flag.value}`);
    }
    expect(help).toMatch(/^ {2}--no-delete {2}.*\n {2}--docs {2}/m);
    expect(help).not.toContain('`');
    expect(Math.max(...help.split('\n').map((line) => line.length))).toBeLessThanOrEqual(130);
  });
});
