import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { TestDaemon } from '@sallyport/client/fixtures/test-daemon'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BuiltCli, type CliResult } from './testing/built-cli.ts'
import { Pty } from './testing/pty.ts'

let built: BuiltCli

beforeAll(async () => {
  built = await BuiltCli.build()
})

afterAll(() => built.remove())

const cli = (daemon: TestDaemon | undefined, args: readonly string[], stdin?: string): Promise<CliResult> =>
  built.run({
    args,
    ...(stdin === undefined ? {} : { stdin }),
    env: {
      ANTHROPIC_API_KEY: 'secret',
      LC_ALL: 'C',
      ...(daemon === undefined ? {} : { SALLYPORT_DATA_DIR: daemon.dataDir }),
    },
  })

const running = { id: 'abcdefgh0123', name: 'build' }

describe('without a daemon', () => {
  test('a verb says so, says how to start one, and exits 3', async () => {
    const result = await cli(undefined, ['list', '--data-dir', '/nonexistent/place'])
    expect(result).toEqual({
      exit: 3,
      stdout: '',
      stderr: 'daemon not running at /nonexistent/place\nstart it with: sallyport daemon --detach\n',
    })
  })

  test('verbs of the sign-in and of env sets say so too, before they ask anything', async () => {
    const reading = ['env-set list', 'env-set get prod', 'env-set usage prod', 'unlock', 'env-set reveal prod A']
    for (const verb of [
      ...['password', 'auth status', 'auth reset-password', 'auth reset-mfa --yes', 'auth unlock'],
      ...[...reading, 'env-set delete prod', 'env-set create --name prod', 'env-set set prod --from-stdin A'],
    ]) {
      const result = await cli(undefined, [...verb.split(' '), '--data-dir', '/nonexistent/place'], 'a password\n')
      expect([verb, result.exit, result.stdout]).toEqual([verb, 3, ''])
      expect(result.stderr).toMatch(/^daemon not running at \/nonexistent\/place/)
    }
  })

  test('exec and wait exit 125', async () => {
    expect((await cli(undefined, ['exec', '--', 'true'])).exit).toBe(125)
    expect((await cli(undefined, ['wait', 'x'])).exit).toBe(125)
  })

  test('daemon status exits 3, and --json answers in JSON', async () => {
    const result = await cli(undefined, ['daemon', 'status', '--json', '--data-dir', '/nonexistent'])
    expect(result.exit).toBe(3)
    expect(JSON.parse(result.stdout)).toEqual({
      schemaVersion: 1,
      error: { code: 'daemon_not_running', message: 'daemon not running at /nonexistent' },
    })
    expect(result.stderr).toBe('')
  })
})

describe('the command line', () => {
  test('wrong usage exits 2 and names the help', async () => {
    for (const args of [
      ['lst'],
      ['logs'],
      ['start', '--nmae', 'x'],
      ['attach', 'x', '--detach-keys', 'hyper+q'],
      ['daemon', 'frobnicate'],
    ]) {
      const result = await cli(undefined, args)
      expect([args, result.exit]).toEqual([args, 2])
      expect(result.stdout).toBe('')
    }
    expect((await cli(undefined, ['lst'])).stderr).toContain('--help')
    expect((await cli(undefined, ['lst'])).stderr).toContain('Did you mean')
  })

  test('a password is never taken from the command line', async () => {
    for (const args of [['hunter2hunter2'], ['--generate', 'hunter2hunter2'], ['--user', 'ada', 'hunter2hunter2']]) {
      const result = await cli(undefined, ['auth', 'reset-password', ...args], 'hunter3hunter3hunter3\n')
      expect([args, result.exit, result.stdout]).toEqual([args, 2, ''])
      expect(result.stderr).toContain('can be read by everybody on this machine')
      expect(result.stderr).not.toContain('hunter')
    }
  })

  test('a flag with a typo is named without the secret that was given to it', async () => {
    for (const json of [[], ['--json']]) {
      for (const args of [
        ['create', '--vra=A=canary'],
        ['get', 'prod', '--vra=A=canary'],
        ['A=canary'],
        ['set', 'p', 'A=canary'],
      ]) {
        const { exit, stdout, stderr } = await cli(undefined, ['env-set', ...args, ...json])
        expect([args, exit]).toEqual([args, 2])
        expect(`${stdout}${stderr}`).not.toContain('canary')
        if (json.length > 0) expect([JSON.parse(stdout).error.code, stderr]).toEqual(['bad_request', ''])
      }
    }
    expect((await cli(undefined, ['env-set', 'get', 'prod', '--vra=A=canary'])).stderr).toContain(
      "unknown option '--vra'",
    )
  })

  test('the help of the verbs of sign-in and env sets ends with a line to try', async () => {
    for (const verb of [
      ...['password', 'auth status', 'auth reset-password', 'auth reset-mfa', 'auth unlock', 'unlock', 'start', 'exec'],
      ...['create', 'list', 'get', 'set', 'unset', 'rename', 'delete', 'usage', 'rotate', 'reveal'].map(
        (v) => `env-set ${v}`,
      ),
    ]) {
      const { stdout } = await cli(undefined, [...verb.split(' '), '--help'])
      expect(stdout.trimEnd().split('\n').at(-1)).toMatch(new RegExp(`^  (pass show [a-z-]+ \\| )?sallyport ${verb}`))
    }
  })

  test('without a verb it prints help and exits 0', async () => {
    const result = await cli(undefined, [])
    expect(result.exit).toBe(0)
    for (const verb of ['daemon', 'start', 'attach', 'logs', 'exec', 'completion'])
      expect(result.stdout).toContain(verb)
  })

  test('the version is printed three ways', async () => {
    expect((await cli(undefined, ['version'])).stdout).toBe('9.8.7\n')
    expect((await cli(undefined, ['--version'])).stdout).toBe('9.8.7\n')
    expect(JSON.parse((await cli(undefined, ['version', '--json'])).stdout)).toEqual({
      schemaVersion: 1,
      version: '9.8.7',
    })
  })

  test('a bin without a build says how to build it', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'sallyport-unbuilt-'))
    try {
      cpSync(built.bin, join(directory, 'bin/sallyport.mjs'))
      const child = spawn(process.execPath, [join(directory, 'bin/sallyport.mjs'), 'version'])
      const stderr = text(child.stderr)
      const [code] = await once(child, 'close')
      expect([code, await stderr]).toEqual([1, 'sallyport is not built. In the checkout, run: npm start\n'])
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})

describe('start', () => {
  test('passes everything after -- on, flags and all, with the directory and the environment of S1', async () => {
    await using daemon = await TestDaemon.start()
    const result = await cli(daemon, [
      'start',
      '--name',
      'hello',
      '-d',
      '/tmp',
      '--env',
      'A=1',
      '--env',
      'B=x=y',
      '--',
      'sh',
      '-c',
      'exit 3',
      '--json',
      '--help',
      '--',
    ])
    expect(result.stdout).toMatch(/^s\d{11}\n$/)
    expect(result.stderr).toBe('attach with: sallyport attach hello\n')
    const [created] = daemon.sessions.created
    expect(created).toMatchObject({
      provider: 'command',
      command: ['sh', '-c', 'exit 3', '--json', '--help', '--'],
      cwd: '/tmp',
      name: 'hello',
      envIsComplete: true,
    })
    expect(created?.env).toEqual({ PATH: '/usr/bin:/bin', HOME: built.directory, LC_ALL: 'C', A: '1', B: 'x=y' })
  })

  test('passes on what session.env_allow of the daemon names, and the umask of the shell it was typed into', async () => {
    await using daemon = await TestDaemon.start()
    daemon.sessions.config.push({
      key: 'session.env_allow',
      value: ['MY_TOKEN'],
      source: 'file',
      origin: 'config.yaml:1',
    })
    const child = spawn('/bin/sh', ['-c', 'umask 027; "$0" "$1" start -- true', process.execPath, built.bin], {
      env: { SALLYPORT_DATA_DIR: daemon.dataDir, PATH: '/usr/bin:/bin', MY_TOKEN: 'a', OTHER_TOKEN: 'b' },
      stdio: 'ignore',
    })
    expect(await once(child, 'close')).toEqual([0, null])
    expect(daemon.sessions.created[0]).toMatchObject({ umask: 0o027 })
    expect(daemon.sessions.created[0]?.env).toEqual({ PATH: '/usr/bin:/bin', MY_TOKEN: 'a' })
  })

  test('without a command starts a shell in this directory', async () => {
    await using daemon = await TestDaemon.start()
    const result = await cli(daemon, ['start', '--json'])
    expect(JSON.parse(result.stdout).session).toMatchObject({ provider: 'shell', command: [], cwd: process.cwd() })
  })
})

describe('reading verbs', () => {
  test('list prints JSON, a table, and names only', async () => {
    await using daemon = await TestDaemon.start()
    daemon.sessions.add({ ...running, command: ['evil\u001b]0;x\u0007\n', 'arg'] })
    expect(JSON.parse((await cli(daemon, ['ls', '--json'])).stdout)).toMatchObject({
      schemaVersion: 1,
      sessions: [running],
    })
    const table = (await cli(daemon, ['list'])).stdout
    expect(table).toMatch(/^ID +NAME +STATE/)
    expect(table.split('\n')).toHaveLength(3)
    expect(table).toContain('evil�]0;x�� arg')
    expect((await cli(daemon, ['list', '-q'])).stdout).toBe('build\n')
  })

  test('an unknown session exits 4, one that may not be removed 5, with --json in JSON', async () => {
    await using daemon = await TestDaemon.start()
    daemon.sessions.add(running)
    expect((await cli(daemon, ['get', 'nobody'])).exit).toBe(4)
    expect(JSON.parse((await cli(daemon, ['get', 'nobody', '--json'])).stdout).error.code).toBe('not_found')
    expect((await cli(daemon, ['rm', 'build'])).exit).toBe(5)
    expect((await cli(daemon, ['rm', 'build', '--force'])).exit).toBe(0)
    expect((await cli(daemon, ['wait', 'nobody'])).exit).toBe(125)
  })

  test('a row of the audit log is one line, whatever it holds', async () => {
    await using daemon = await TestDaemon.start()
    expect((await cli(daemon, ['audit'])).stdout.split('\n')).toHaveLength(3)
    const line = (await cli(daemon, ['audit', '--json', '--limit', '5'])).stdout
    expect(line.split('\n')).toHaveLength(2)
    expect(JSON.parse(line)).toMatchObject({ schemaVersion: 1, seq: 7, event: 'session.started' })
  })

  test('config, auth sessions and daemon status print JSON', async () => {
    await using daemon = await TestDaemon.start()
    expect(JSON.parse((await cli(daemon, ['config', 'show', '--json'])).stdout).entries).toHaveLength(1)
    expect(JSON.parse((await cli(daemon, ['auth', 'sessions', '--json'])).stdout).authSessions).toHaveLength(1)
    expect(JSON.parse((await cli(daemon, ['daemon', 'status', '--json'])).stdout)).toMatchObject({
      schemaVersion: 1,
      pid: daemon.sessions.daemonPid,
    })
  })

  test('open prints a link where no browser can be opened', async () => {
    await using daemon = await TestDaemon.start()
    daemon.sessions.add(running)
    expect((await cli(daemon, ['open', 'build'])).stdout).toBe('http://localhost:8447/launch#/sessions/abcdefgh0123\n')
  })
})

describe('typing', () => {
  test('send adds Enter unless told otherwise, and - reads stdin', async () => {
    await using daemon = await TestDaemon.start()
    daemon.sessions.add(running)
    await cli(daemon, ['send', 'build', 'echo', 'hi'])
    await cli(daemon, ['send', 'build', '--no-enter', 'y'])
    await cli(daemon, ['send', 'build', '-', '--no-enter'], 'from\nstdin')
    expect(daemon.sessions.written.map(({ text }) => text).join('|')).toBe('echo hi|\r|y|from\nstdin')
  })

  test('keys are checked before anything is pressed', async () => {
    await using daemon = await TestDaemon.start()
    daemon.sessions.add(running)
    expect((await cli(daemon, ['keys', 'build', 'ctrl+c', 'nope'])).exit).toBe(2)
    expect((await cli(daemon, ['keys', 'build', 'ctrl+c', 'enter'])).exit).toBe(0)
    expect(daemon.sessions.keys).toEqual([['ctrl+c', 'enter']])
  })
})

describe('open', () => {
  test('starts the browser on a file of the data dir: the ticket is in no command line', async () => {
    await using daemon = await TestDaemon.start()
    const bin = mkdtempSync(join(tmpdir(), 'sallyport-bin-'))
    try {
      const seen = join(bin, 'seen')
      // Written under another name and moved: whoever waits for it finds it whole.
      writeFileSync(join(bin, 'xdg-open'), `#!/bin/sh\nprintf '%s\\n' "$@" > ${seen}.part\nmv ${seen}.part ${seen}\n`, {
        mode: 0o755,
      })
      const written = watch(bin)
      const env = { SALLYPORT_DATA_DIR: daemon.dataDir, DISPLAY: ':9', PATH: `${bin}:/usr/bin:/bin` }
      const result = await built.run({ args: ['open'], env })
      expect(result).toMatchObject({ exit: 0, stdout: '' })
      expect(result.stderr).toContain('opening http://localhost:8447/sessions in your browser')
      while (!existsSync(seen)) await once(written, 'change')
      written.close()
      expect(readFileSync(seen, 'utf8')).toBe(`file://${daemon.dataDir}/open-0.html\n`)
    } finally {
      rmSync(bin, { recursive: true })
    }
  })
})

describe('logs', () => {
  const output = 'one\r\n\u001b[31mtwo\u001b[0m\r\n'

  test('is plain in a pipe, exact with --raw, and a chunk a line with --json', async () => {
    await using daemon = await TestDaemon.start()
    const entry = daemon.sessions.add(running)
    daemon.sessions.append(entry, output)
    expect((await cli(daemon, ['logs', 'build'])).stdout).toBe('one\ntwo\n')
    expect((await cli(daemon, ['logs', 'build', '-n', '1'])).stdout).toBe('two\n')
    expect((await cli(daemon, ['logs', 'build', '--raw'])).stdout).toBe(output)
    expect(JSON.parse((await cli(daemon, ['logs', 'build', '--json'])).stdout)).toEqual({
      schemaVersion: 1,
      offset: 0,
      at: '2026-11-21T10:00:00.000Z',
      data: Buffer.from(output).toString('base64'),
    })
  })

  test('keeps colours, and nothing else, on a terminal; none with NO_COLOR or --plain', async () => {
    await using daemon = await TestDaemon.start()
    const entry = daemon.sessions.add(running)
    daemon.sessions.append(entry, `\u001b]0;title\u0007\u001b[2J${output}\u001b[32mgreen\r\n`)
    const shown = async (env: Record<string, string>, ...args: string[]): Promise<string> => {
      await using pty = new Pty([process.execPath, built.bin, 'logs', 'build', ...args], {
        SALLYPORT_DATA_DIR: daemon.dataDir,
        ...env,
      })
      expect((await pty.ended()).exit).toBe(0)
      return pty.output
    }
    expect(await shown({})).toBe('one\r\n\u001b[31mtwo\u001b[0m\r\n\u001b[32mgreen\r\n\u001b[m')
    expect(await shown({ NO_COLOR: '1' })).toBe('one\r\ntwo\r\ngreen\r\n')
    expect(await shown({}, '--plain')).toBe('one\r\ntwo\r\ngreen\r\n')
  })

  test('-f goes on across a death of the daemon with no gap and no duplicate, until the session ends', async () => {
    await using daemon = await TestDaemon.start()
    const entry = daemon.sessions.add(running)
    daemon.sessions.append(entry, 'before\n')
    const opened = once(daemon.sessions.events, 'viewer')
    const logs = cli(daemon, ['logs', '-f', 'build', '--raw'])
    await opened
    await daemon.kill()
    daemon.sessions.append(entry, 'while away\n')
    await daemon.listen()
    daemon.sessions.append(entry, 'after\n')
    daemon.sessions.end(entry, 0)
    const result = await logs
    expect(result.stdout).toBe('before\nwhile away\nafter\n')
    expect(result.exit).toBe(0)
  })

  test('a reader that stops reading ends it quietly', async () => {
    await using daemon = await TestDaemon.start()
    const entry = daemon.sessions.add(running)
    daemon.sessions.append(entry, 'line\n'.repeat(400_000))
    const child = spawn('/bin/sh', ['-c', `"$0" "$1" logs build | head -n 1`, process.execPath, built.bin], {
      env: { SALLYPORT_DATA_DIR: daemon.dataDir, PATH: '/usr/bin:/bin' },
    })
    let stderr = ''
    let stdout = ''
    child.stdout.on('data', (data) => {
      stdout += data
    })
    child.stderr.on('data', (data) => {
      stderr += data
    })
    await once(child, 'close')
    expect([stdout, stderr]).toEqual(['line\n', ''])
  })

  test('a pipe that is not read holds the daemon back', async () => {
    await using daemon = await TestDaemon.start()
    const entry = daemon.sessions.add(running)
    daemon.sessions.append(entry, Buffer.alloc(8 * 1024 * 1024, 'x'))
    daemon.sessions.end(entry, 0)
    const child = spawn(process.execPath, [built.bin, 'logs', 'build', '--raw'], {
      env: { SALLYPORT_DATA_DIR: daemon.dataDir },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'readable')
    expect(daemon.sessions.maxUnacknowledged).toBeLessThanOrEqual(320 * 1024)
    let bytes = 0
    for await (const chunk of child.stdout) bytes += chunk.length
    expect(bytes).toBe(8 * 1024 * 1024)
    expect(daemon.sessions.maxUnacknowledged).toBeLessThanOrEqual(320 * 1024)
  })
})

describe('the exit code', () => {
  test('of wait is that of the child, 128+N for a signal', async () => {
    await using daemon = await TestDaemon.start()
    const [a, b, c] = ['a', 'b', 'c'].map((name) => daemon.sessions.add({ name }))
    if (a === undefined || b === undefined || c === undefined) throw new Error('unreachable')
    daemon.sessions.end(a, 7)
    daemon.sessions.end(b, null, 'SIGKILL')
    expect((await cli(daemon, ['wait', 'a'])).exit).toBe(7)
    expect((await cli(daemon, ['wait', 'b'])).exit).toBe(137)
    const waiting = cli(daemon, ['wait', 'c'])
    await once(daemon.sessions.events, 'received')
    daemon.sessions.end(c, 3)
    expect((await waiting).exit).toBe(3)
  })

  test('of exec is that of the child, whose output and input are passed through', async () => {
    await using daemon = await TestDaemon.start()
    daemon.sessions.onInput = (entry, text) => {
      daemon.sessions.append(entry, text.replaceAll('\u0004', '<eof>'))
      if (text.includes('\u0004')) daemon.sessions.end(entry, 42)
    }
    const result = await cli(daemon, ['exec', '--', 'cat', '-n'], 'a\nb')
    expect(result).toMatchObject({ exit: 42, stdout: 'a\nb<eof><eof>', stderr: '' })
    expect(daemon.sessions.created[0]).toMatchObject({ command: ['cat', '-n'] })
  })

  test('of exec is that of a child that ended before it could read its input, with all of its output', async () => {
    await using daemon = await TestDaemon.start()
    daemon.sessions.held = 'session.output'
    daemon.sessions.failures.set('session.write', 'conflict')
    daemon.sessions.events.once('refused', () => {
      for (const entry of daemon.sessions.all.values()) {
        daemon.sessions.append(entry, 'one')
        daemon.sessions.end(entry, 9)
      }
      daemon.sessions.release()
    })
    expect(await cli(daemon, ['exec', '--', 'quick'], 'input')).toEqual({ exit: 9, stdout: 'one', stderr: '' })
  })

  test('of a session that was lost is 125', async () => {
    await using daemon = await TestDaemon.start()
    daemon.sessions.add({ ...running, state: 'lost', endedAt: '2026-11-21T11:00:00.000Z' })
    expect((await cli(daemon, ['wait', 'build'])).exit).toBe(125)
  })

  test('of exec for a refused start is 125', async () => {
    await using daemon = await TestDaemon.start()
    daemon.sessions.failures.set('session.create', 'cannot_start')
    expect((await cli(daemon, ['exec', '--', 'nope'])).exit).toBe(125)
    daemon.sessions.failures.set('session.create', 'cannot_start')
    expect((await cli(daemon, ['start', '--', 'nope'])).exit).toBe(1)
  })
})

test('the first byte of list comes within 300 ms', async () => {
  await using daemon = await TestDaemon.start()
  daemon.sessions.add(running)
  const times: number[] = []
  for (let run = 0; run < 5; run += 1) {
    const startedAt = performance.now()
    const child = spawn(process.execPath, [built.bin, 'list'], { env: { SALLYPORT_DATA_DIR: daemon.dataDir } })
    await once(child.stdout, 'data')
    times.push(performance.now() - startedAt)
    await once(child, 'close')
  }
  // The best of a few: the machine runs other suites at the same time.
  expect(Math.min(...times)).toBeLessThan(300)
})

test('password loads neither the prompt nor the list of common passwords', () => {
  const chunks = join(built.directory, 'dist/cli/chunks')
  const textOf = (name: string): string => readFileSync(join(chunks, name), 'utf8')
  const containing = (text: string): string[] => readdirSync(chunks).filter((name) => textOf(name).includes(text))
  /** The chunk and what it cannot be loaded without. */
  const loadedWith = (name: string): Set<string> => {
    const loaded = new Set([name])
    for (const one of loaded) {
      for (const [, imported] of textOf(one).matchAll(/^import .*?"\.\/([^"]+)";$/gm)) loaded.add(imported ?? '')
    }
    return loaded
  }
  const [verb] = containing('revealPassword')
  const [prompt, rules] = [containing('The same again'), containing('most common passwords')]
  expect([verb, prompt.length, rules.length]).toEqual([expect.any(String), 1, 1])
  const loaded = loadedWith(verb ?? '')
  expect(loaded.size).toBeGreaterThan(1)
  for (const name of [...prompt, ...rules, ...containing('setRawMode')]) expect([...loaded]).not.toContain(name)
  expect([...loadedWith(prompt[0] ?? '')]).toContain(rules[0])
})

test('completion scripts name the verbs and are read by their shells', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { stdout, exit } = await cli(undefined, ['completion', shell])
    expect(exit).toBe(0)
    for (const word of ['attach', 'revoke-all', 'reset-mfa', 'env-set', '--detach-keys', '--generate', '--from-stdin'])
      expect(stdout).toContain(word.replace(/^--/, ''))
    const check = spawn(shell, [shell === 'fish' ? '--no-execute' : '-n'], { stdio: ['pipe', 'ignore', 'inherit'] })
    const finished = new Promise<number | null | 'missing'>((resolve) => {
      check.once('error', () => resolve('missing'))
      check.once('close', resolve)
    })
    check.stdin.on('error', () => undefined)
    check.stdin.end(stdout)
    expect(shell === 'bash' ? [0] : [0, 'missing']).toContain(await finished)
  }
  expect((await cli(undefined, ['completion', 'csh'])).exit).toBe(2)
})
