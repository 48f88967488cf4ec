import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ConfigError } from './config-error.ts'
import { loadConfig } from './load.ts'

let dataDir = ''
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'sallyport-config-'))
})
afterEach(() => rmSync(dataDir, { recursive: true }))

const write = (text: string | Buffer): void => writeFileSync(join(dataDir, 'config.yaml'), text)
const load = (environment: Record<string, string> = {}, values = {}) => loadConfig({ dataDir, values }, environment)
const problems = async (...args: Parameters<typeof load>): Promise<readonly string[]> => {
  const error = await load(...args).catch((failure: unknown) => failure)
  if (!(error instanceof ConfigError)) throw new Error('the configuration was accepted')
  return error.problems
}

test('durations are read as people write them: 8h, 24h, 7d', async () => {
  const hour = 3_600_000
  for (const [text, ms] of [
    ['8h', 8 * hour],
    ['24h', 24 * hour],
    ['7d', 168 * hour],
  ] as const) {
    write(`auth:\n  session_duration: ${text}\n`)
    expect((await load()).values['auth.session_duration'], text).toBe(ms)
  }
})

test('without a file every key has its default', async () => {
  const { values, entries } = await load()
  expect(values).toMatchObject({
    'http.enabled': true,
    'http.port': 8447,
    'auth.idle_timeout': null,
    'streams.max': 64,
    public_urls: [],
  })
  expect(values['auth.session_duration']).toBe(7 * 24 * 3600 * 1000)
  expect(entries.find(({ key }) => key === 'log.max_bytes_per_session')).toEqual({
    key: 'log.max_bytes_per_session',
    value: '256MiB',
    source: 'default',
    origin: null,
  })
})

test('a flag wins over the environment, the environment over the file, and each value remembers where it is from', async () => {
  write('http:\n  port: 1001\nstreams:\n  max: 10\n  max_per_auth_session: 5\n')
  const secretFile = join(dataDir, 'max')
  writeFileSync(secretFile, '20\n')
  const { values, entries } = await load(
    { SALLYPORT_HTTP_PORT: '1002', SALLYPORT_STREAMS_MAX_FILE: secretFile },
    { 'http.port': { raw: '1003', flag: '--port' } },
  )
  expect([values['http.port'], values['streams.max'], values['streams.max_per_auth_session']]).toEqual([1003, 20, 5])
  const sourceOf = (name: string) => {
    const { source, origin } = entries.find(({ key }) => key === name) ?? {}
    return [source, origin]
  }
  expect(sourceOf('http.port')).toEqual(['flag', '--port'])
  expect(sourceOf('streams.max')).toEqual(['environment', 'SALLYPORT_STREAMS_MAX_FILE'])
  expect(sourceOf('streams.max_per_auth_session')).toEqual(['file', 'config.yaml:5'])
  expect(sourceOf('data_dir')).toEqual(['flag', '--data-dir'])
})

test.each([
  ['http:\n  port: 70000\n', 'config.yaml:2: http.port must be a whole number from 0 to 65535'],
  ['http:\n  port: 1.5\n', 'config.yaml:2: http.port must be a whole number from 0 to 65535'],
  ['http:\n  prot: 1\n', 'config.yaml:2: there is no key "http.prot"; did you mean http.port?'],
  ['\n\nhtpp:\n  port: 1\n', 'config.yaml:3: there is no key "htpp"; did you mean http?'],
  ['wibble_wobble: 1\n', 'config.yaml:1: there is no key "wibble_wobble"'],
  ['http: 8447\n', 'config.yaml:1: http is a section: its keys stand indented below it'],
  [
    'auth:\n  session_duration: 5m\n',
    'config.yaml:2: auth.session_duration must be a duration from 15m to 30d, such as 90s, 15m, 12h or 7d',
  ],
  [
    'auth:\n  session_duration: 7\n',
    'config.yaml:2: auth.session_duration must be a duration from 15m to 30d, such as 90s, 15m, 12h or 7d',
  ],
  ['http:\n  enabled: yes\n', 'config.yaml:2: http.enabled must be true or false'],
  [
    'data_dir: /tmp\n',
    'config.yaml:1: data_dir cannot stand in the file (the file is found through it); use --data-dir or SALLYPORT_DATA_DIR',
  ],
  ['- a\n- b\n', 'config.yaml:1: the file must be keys and values, such as "public_urls: []"'],
  [
    'log:\n  retention:\n',
    'config.yaml:2: log.retention must be a duration from 1m to 3650d, such as 90s, 15m, 12h or 7d',
  ],
])('%j is refused with its line', async (text, sentence) => {
  write(text)
  expect(await problems()).toEqual([sentence])
})

test.each([
  ['public_urls: [https://a.example/path]', 'public_urls'],
  ['public_urls: [a.example]', 'public_urls'],
  ['public_urls: ["https://a.example:443"]', 'public_urls'],
  ['public_urls: ["https://A.example"]', 'public_urls'],
  ['allowed_origins: ["*"]', 'allowed_origins'],
  ['allowed_origins: ["null"]', 'allowed_origins'],
  ['allowed_origins: ["https://u@a.example"]', 'allowed_origins'],
])('%s is no origin', async (line, key) => {
  write(`${line}\n`)
  expect((await problems())[0]).toMatch(new RegExp(`^config.yaml:1: ${key} must be a list of addresses`))
})

test('every problem is told at once, those of the YAML itself with their line', async () => {
  write('http:\n  port: x\nstreams:\n  max: -1\n')
  expect(await problems({ SALLYPORT_LOG_RETENTION: 'soon' })).toHaveLength(3)
  write('http:\n  port: 1\n  port: 2\n')
  expect(await problems()).toEqual(['config.yaml:3: Map keys must be unique'])
  write('http: {port: 1\nx')
  expect((await problems())[0]).toMatch(/^config\.yaml:\d+: /)
})

test('a corrupted file is one sentence', async () => {
  write(Buffer.from([0xff, 0xfe, 0x00, 0x80]))
  expect(await problems()).toEqual([`${join(dataDir, 'config.yaml')} is not UTF-8 text`])
  write('x'.repeat(300_000))
  expect((await problems())[0]).toContain('a configuration has at most')
  expect(
    await loadConfig({ dataDir, configFile: join(dataDir, 'no.yaml'), values: {} }, {}).catch(
      (error: Error) => error.message,
    ),
  ).toContain('cannot read')
})

test.each([
  ['1', true],
  ['true', true],
  ['0', false],
  ['false', false],
])('the variable SALLYPORT_HTTP_ENABLED=%s is %s', async (text, expected) => {
  expect((await load({ SALLYPORT_HTTP_ENABLED: text })).values['http.enabled']).toBe(expected)
})

test('a variable and its _FILE twin contradict each other', async () => {
  expect(await problems({ SALLYPORT_HTTP_PORT: '1', SALLYPORT_HTTP_PORT_FILE: '/x' })).toEqual([
    'SALLYPORT_HTTP_PORT and SALLYPORT_HTTP_PORT_FILE are both set; unset one of them',
  ])
})

test('a mistyped variable is warned about, those of sessions are not', async () => {
  const ofSessions = { SALLYPORT_SOCKET: '/x', SALLYPORT_SESSION: 'y', SALLYPORT_ENV_SET_NAMES: 'A,B' }
  const { warnings } = await load({ SALLYPORT_HTTP_PROT: '1', ...ofSessions })
  expect(warnings).toEqual([
    'the variable SALLYPORT_HTTP_PROT is not one of ours and does nothing; did you mean SALLYPORT_HTTP_PORT?',
  ])
})

const hostFlag = (host: string) => ({ 'http.host': { raw: host, flag: '--host' } })

test.each([
  ['localhost', 'localhost'],
  ['LOCALHOST', 'localhost'],
  ['127.0.0.1', 'localhost'],
  ['::1', 'localhost'],
  ['0:0:0:0:0:0:0:1', 'localhost'],
  ['10.0.0.5', '10.0.0.5'],
  ['0.0.0.0', '0.0.0.0'],
  ['::', '::'],
  ['2001:DB8:0::5', '2001:db8::5'],
  ['::ffff:10.0.0.5', '10.0.0.5'],
])('the host %s is listened on as %s', async (host, expected) => {
  expect((await load({}, hostFlag(host))).values['http.host']).toBe(expected)
})

test.each(['example.org', '', '10.0.0.5:80', '[::1]', '10.1', '010.0.0.1', 'fe80::1%eth0', '10.0.0.0/8', 'localhost.'])(
  'the host %j is no address and is refused with the reason',
  async (host) => {
    const [problem] = await problems({}, hostFlag(host))
    expect(problem).toMatch(/^--host: http\.host must be localhost, an IP address.*no other host name, because/)
  },
)

test.each([
  ['0.0.0.0/0', 'trust_proxy: 0.0.0.0/0 is wider than /8'],
  ['10.0.0.0/8, 64.0.0.0/7', 'trust_proxy: 64.0.0.0/7 is wider than /8'],
  ['::ffff:0:0/96', 'trust_proxy: ::ffff:0:0/96 covers IPv4'],
  ['true', 'trust_proxy: true is not a range'],
  ['10.0.0.1/8', 'trust_proxy: 10.0.0.1/8 has bits behind its prefix'],
])('SALLYPORT_TRUST_PROXY=%s stops the start and names the entry', async (ranges, sentence) => {
  expect((await problems({ SALLYPORT_TRUST_PROXY: ranges }))[0]).toContain(`SALLYPORT_TRUST_PROXY: ${sentence}`)
})

test('trust_proxy is never a boolean', async () => {
  write('trust_proxy: true\n')
  expect((await problems())[0]).toMatch(/^config\.yaml:1: trust_proxy must be a list of address ranges .* never true/)
})

test('keys of a section within a section are found, and their mistakes named', async () => {
  write('auth:\n  failed_sign_ins:\n    per_client: 500\n')
  expect((await load()).values['auth.failed_sign_ins.per_client']).toBe(500)
  write('auth:\n  failed_sign_ins:\n    per_clinet: 500\n')
  expect(await problems()).toEqual([
    'config.yaml:3: there is no key "auth.failed_sign_ins.per_clinet"; did you mean auth.failed_sign_ins.per_client?',
  ])
  write('auth:\n  failed_sign_ins:\n    per_client: 9\n')
  expect((await problems())[0]).toContain('must be a whole number from 10 to')
})

test.each(['password: hunter2-canary\n', 'auth:\n  password: hunter2-canary\n'])(
  'a password in the file is refused, not repeated, and told where it belongs: %j',
  async (text) => {
    write(text)
    const [problem] = await problems()
    expect(problem).toMatch(/^config\.yaml:\d: a password cannot stand in the file.*SALLYPORT_PASSWORD_FILE/)
    expect(problem).not.toContain('canary')
  },
)

test('the mode is shown as it came about, and the password nowhere', async () => {
  const config = await load({ SALLYPORT_PASSWORD: 'canary canary canary' })
  expect(config.auth).toMatchObject({ mode: 'password', requireSecondFactor: false })
  expect(config.auth.password?.reveal()).toBe('canary canary canary')
  const row = (key: string) => config.entries.find((entry) => entry.key === key)
  const decided = { source: 'environment', origin: 'SALLYPORT_PASSWORD' }
  expect(row('auth.mode')).toEqual({ key: 'auth.mode', value: 'password', ...decided })
  expect(row('auth.enabled')).toEqual({ key: 'auth.enabled', value: true, ...decided })
  expect(row('auth.require_mfa')).toMatchObject({ value: false, source: 'default' })
  expect(JSON.stringify(config)).not.toContain('canary')
  expect(inspect(config, { depth: 10 })).not.toContain('canary')
  expect(config.warnings).toEqual([])
})

test('without a word about it people have accounts and a second factor', async () => {
  const { auth, entries } = await load()
  expect(auth).toEqual({ mode: 'accounts', requireSecondFactor: true, password: null })
  expect(entries).toContainEqual({ key: 'auth.mode', value: 'accounts', source: 'default', origin: null })
})

test('auth.enabled: false is mode off, and contradictions stop the start', async () => {
  write('auth:\n  enabled: false\n')
  const { auth, entries } = await load()
  expect(auth.mode).toBe('off')
  expect(entries).toContainEqual({ key: 'auth.mode', value: 'off', source: 'file', origin: 'config.yaml:2' })
  expect((await problems({}, hostFlag('0.0.0.0')))[0]).toContain('auth.mode off and http.host 0.0.0.0')
  expect((await problems({ SALLYPORT_PASSWORD: 'canary canary canary' }))[0]).toMatch(
    /^a password \(SALLYPORT_PASSWORD\) and auth\.enabled: false \(config\.yaml:2\) contradict/,
  )
})

test('an install id of the owner is taken, and a useless one refused', async () => {
  expect((await load({ SALLYPORT_INSTALL_ID: 'my-install' })).installId).toBe('my-install')
  expect((await load()).installId).toBeNull()
  for (const id of ['', 'short', 'with a space', 'x'.repeat(129)])
    expect((await problems({ SALLYPORT_INSTALL_ID: id }))[0]).toMatch(/^SALLYPORT_INSTALL_ID must be 8 to 128/)
})

test('the variables of sign-in are known, a mistyped one is warned about', async () => {
  const { warnings } = await load({
    SALLYPORT_INSTALL_ID: 'my-install',
    SALLYPORT_PASSWORD: 'a good long password',
    CREDENTIALS_DIRECTORY: '/nowhere',
  })
  expect(warnings).toEqual([])
  expect((await load({ SALLYPORT_PASSWRD: 'canary' })).warnings).toEqual([
    'the variable SALLYPORT_PASSWRD is not one of ours and does nothing; did you mean SALLYPORT_PASSWORD?',
  ])
})

test('config show names where the master key comes from, and never the key', async () => {
  const row = async (environment = {}) =>
    (await load(environment)).entries.find(({ key }) => key === 'env_sets.master_key')
  expect(await row()).toMatchObject({ value: 'file', source: 'default' })
  write('env_sets:\n  master_key: passphrase\n')
  expect(await row()).toMatchObject({ value: 'passphrase', source: 'file', origin: 'config.yaml:2' })
  const path = join(dataDir, 'key')
  writeFileSync(path, 'canary', { mode: 0o600 })
  const given = { SALLYPORT_MASTER_KEY_FILE: path }
  expect(await row(given)).toMatchObject({ value: path, source: 'environment', origin: 'SALLYPORT_MASTER_KEY_FILE' })
  expect(JSON.stringify(await load(given))).not.toContain('canary')
  expect((await load(given)).warnings).toEqual([
    'env_sets.master_key: passphrase (config.yaml:2) is not used: the key comes from SALLYPORT_MASTER_KEY_FILE',
  ])
  expect(await problems({ SALLYPORT_ENV_SETS_MASTER_KEY: 'safe' })).toEqual([
    'SALLYPORT_ENV_SETS_MASTER_KEY: env_sets.master_key must be one of file, keyring, passphrase',
  ])
})

test('a provider is declared in the file, with its command in words or as one word', async () => {
  write(
    'providers:\n  aider: { command: [aider, --no-git], title: Aider, env_remove: [OPENAI_API_KEY] }\n  my-agent: { command: /opt/agent }\n',
  )
  const { values, entries } = await load()
  expect(values.providers).toEqual([
    { id: 'aider', title: 'Aider', command: ['aider', '--no-git'], envRemove: ['OPENAI_API_KEY'] },
    { id: 'my-agent', title: 'my-agent', command: ['/opt/agent'], envRemove: [] },
  ])
  expect(entries.find(({ key }) => key === 'providers')).toEqual({
    key: 'providers',
    value: ['aider: aider --no-git', 'my-agent: /opt/agent'],
    source: 'file',
    origin: 'config.yaml:1',
  })
})

test.each([
  ['aider: {}', /config.yaml:1: providers must be a section/],
  ['Aider: { command: aider }', /config.yaml:1: providers must be a section/],
  ['aider: { command: [] }', /config.yaml:1: providers must be a section/],
  ['aider: { command: "aider --no-git" }', /config.yaml:1: providers must be a section/],
  ['aider: { command: aider, env_remove: ["A=B"] }', /config.yaml:1: providers must be a section/],
  ['aider: { command: aider, cmd: aider }', /config.yaml:1: providers must be a section/],
  ['codex: { command: my-codex }', /config.yaml:1: providers: codex is built in; choose another id/],
])('providers: %s stops the start', async (line, sentence) => {
  write(`providers:\n  ${line}\n`)
  expect(await problems()).toEqual([expect.stringMatching(sentence)])
})

test('lists, sizes and switches read as people write them', async () => {
  write(
    'session:\n  env_allow: [FOO, BAR_*]\nlog:\n  min_free_bytes: 0\n  total_max_bytes: 1GiB\nauth:\n  idle_timeout: off\nstreams:\n',
  )
  const { values } = await load({ SALLYPORT_ALLOWED_ORIGINS: 'https://a.example, http://b.example:81' })
  expect(values['session.env_allow']).toEqual(['FOO', 'BAR_*'])
  expect(values['log.min_free_bytes']).toBe(0)
  expect(values['log.total_max_bytes']).toBe(1024 ** 3)
  expect(values['auth.idle_timeout']).toBeNull()
  expect(values.allowed_origins).toEqual(['https://a.example', 'http://b.example:81'])
})
