import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BuiltKeeper, buildKeeper } from './testing/build-keeper.ts'
import type { KeeperClient } from './testing/keeper-client.ts'
import { recordedBytes } from './testing/recorded-bytes.ts'
import { startKeeperWithDaemon } from './testing/start-keeper.ts'

let built: BuiltKeeper
beforeAll(async () => {
  built = await buildKeeper()
})
afterAll(() => built.remove())

/** Resolves when the session has printed `text`. */
const printed = async (client: KeeperClient, handle: number, text: string) => {
  const frames = await client.openFrames()
  const output = frames.watch(handle)
  await frames.until(() => Buffer.concat(output.chunks).includes(text))
  return { frames, output, text: () => Buffer.concat(output.chunks).toString() }
}

const childrenOf = async (pid: number): Promise<{ pid: number; state: string }[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  return pids.flatMap((name) => {
    try {
      const [state, parent] = readFileSync(`/proc/${name}/stat`, 'latin1').split(') ').at(-1)?.split(' ') ?? []
      return Number(parent) === pid ? [{ pid: Number(name), state: state ?? '' }] : []
    } catch {
      return []
    }
  })
}

test('a program gets the terminal as 0, 1 and 2 and nothing else of ours', async () => {
  const { client } = await startKeeperWithDaemon(built.keeperPath)
  await client.bash('sleep 1000')
  const session = await client.bash('echo up; exec sleep 1000')
  await printed(client, session.handle, 'up')
  expect((await readdir(`/proc/${session.pid}/fd`)).sort()).toEqual(['0', '1', '2'])
})

test('a program starts with default signals, and SIGPIPE kills it as anywhere', async () => {
  const { client } = await startKeeperWithDaemon(built.keeperPath)
  const session = await client.spawn({ file: '/bin/grep', args: ['-E', '^Sig(Blk|Ign)', '/proc/self/status'] })
  const { text } = await printed(client, session.handle, 'SigIgn')
  expect(text()).toMatch(/SigBlk:\s0{16}\r\nSigIgn:\s0{16}/)
})

test('the environment is exactly what was given, bytes and all', async () => {
  const { keeper, client } = await startKeeperWithDaemon(built.keeperPath)
  const env = { ONLY: 'this', EMPTY: '', UTF: 'grüße ✓', LINES: 'a\nb=c' }
  const session = await client.spawn({ file: '/usr/bin/env', args: ['-0'], env })
  await client.until(session.id, ({ complete }) => complete)
  const recorded = (await recordedBytes(keeper.dataDir, session.id)).toString()
  expect(recorded.replaceAll('\r\n', '\n').split('\0').sort()).toEqual(
    ['', ...Object.entries(env).map(([name, value]) => `${name}=${value}`)].sort(),
  )
})

test('files of a program are as private as its user wants, not as private as ours', async () => {
  const { client } = await startKeeperWithDaemon(built.keeperPath)
  const inherited = await client.bash('umask')
  const { text } = await printed(client, inherited.handle, '\n')
  expect(Number.parseInt(text(), 8)).toBe(process.umask())
  const given = await client.spawn({ file: '/bin/bash', args: ['-c', 'umask'], umask: 0o027 })
  await printed(client, given.handle, '0027')
})

test('a program that a signal ended says which', async () => {
  const { client } = await startKeeperWithDaemon(built.keeperPath)
  const session = await client.bash('kill -USR1 $$')
  const exited = await client.until(session.id, ({ state }) => state === 'exited')
  expect(exited.exit).toEqual({ code: null, signal: 'SIGUSR1' })
})

test('a login shell is started as one', async () => {
  const { client } = await startKeeperWithDaemon(built.keeperPath)
  const session = await client.spawn({
    file: '/bin/bash',
    argv0: '-bash',
    args: ['-c', 'shopt -q login_shell && echo login'],
  })
  await printed(client, session.handle, 'login')
})

test.each([
  { what: 'a missing program', request: { file: '/no/such/program' }, message: /cannot be executed/ },
  { what: 'a missing directory', request: { cwd: '/no/such/directory' }, message: /cannot be used/ },
  { what: 'a directory that is a file', request: { cwd: '/bin/sh' }, message: /is not a directory/ },
])('$what is refused before a session exists', async ({ request, message }) => {
  const { client } = await startKeeperWithDaemon(built.keeperPath)
  await expect(client.spawn({ file: '/bin/sh', args: [], ...request })).rejects.toThrow(message)
  expect(await client.control.list.query()).toEqual([])
})

test('a spawn that is sent twice starts one program', async () => {
  const { client } = await startKeeperWithDaemon(built.keeperPath)
  const request = { id: 'abcdefghijkl', file: '/bin/sleep', args: ['1000'] }
  const outcomes = await Promise.allSettled([client.spawn(request), client.spawn(request)])
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(await client.control.list.query()).toHaveLength(1)
})

test('stop ends a program that ignores SIGTERM, after the grace', async () => {
  const { client } = await startKeeperWithDaemon(built.keeperPath)
  const session = await client.bash(`trap 'echo no' TERM; echo up; while :; do sleep 0.05; done`)
  const { text } = await printed(client, session.handle, 'up')
  const stopped = await client.control.stop.mutate({ id: session.id, graceMs: 300 })
  expect(stopped.exit).toEqual({ code: null, signal: 'SIGKILL' })
  expect(text()).toContain('no')
})

test('stop ends an interactive shell without waiting for the grace', async () => {
  const { client } = await startKeeperWithDaemon(built.keeperPath)
  const session = await client.spawn({ file: '/bin/bash', args: ['--norc', '-i'], env: { PS1: 'ready>' } })
  await printed(client, session.handle, 'ready>')
  const stopped = await client.control.stop.mutate({ id: session.id, graceMs: 15_000 })
  expect(stopped.exit?.signal).toBe('SIGHUP')
})

test('stop lets a program that handles SIGTERM finish, and sends it no SIGHUP', async () => {
  const { client } = await startKeeperWithDaemon(built.keeperPath)
  const session = await client.bash(`trap 'sleep 0.2; echo bye; exit 7' TERM; echo up; while :; do sleep 0.05; done`)
  const { text } = await printed(client, session.handle, 'up')
  const stopped = await client.control.stop.mutate({ id: session.id, graceMs: 15_000 })
  expect(stopped.exit).toEqual({ code: 7, signal: null })
  await client.until(session.id, ({ complete }) => complete)
  expect(text()).toContain('bye')
})

test('stop reaches double forks and background jobs, and no zombie remains', async () => {
  const { keeper, client } = await startKeeperWithDaemon(built.keeperPath)
  const session = await client.bash(
    'set -m; (sleep 1001 & sleep 1002 &) ; sleep 1003 & (exit 0) & (setsid -f true); echo up; trap "" HUP TERM; while :; do sleep 0.05; done',
  )
  await printed(client, session.handle, 'up')
  await client.control.stop.mutate({ id: session.id, graceMs: 100 })
  // The orphans were killed a moment ago; each death is a SIGCHLD that the reaper answers in its own turn.
  await expect.poll(() => childrenOf(keeper.pid), { timeout: 5000, interval: 20 }).toEqual([])
})

test('Ctrl+C and signals reach the foreground job of a shell', async () => {
  const { client } = await startKeeperWithDaemon(built.keeperPath)
  const session = await client.spawn({ file: '/bin/bash', args: ['--norc', '-i'], env: { PS1: 'ready>' } })
  const { frames, text } = await printed(client, session.handle, 'ready>')
  frames.input(session.handle, `bash -c 'echo s""leeping; exec sleep 1000'\r`)
  await frames.until(() => text().includes('sleeping'))
  await client.control.signal.mutate({ id: session.id, signal: 'SIGINT' })
  frames.input(session.handle, `echo st""atus $?\r`)
  await frames.until(() => text().includes('status 130'))
})

test('a paste of 1 MiB reaches a slow reader whole and in order, and others are served meanwhile', async () => {
  const { client } = await startKeeperWithDaemon(built.keeperPath)
  const slow = await client.bash('stty raw -echo; echo up; sleep 1; head -c 1048576 | sha256sum')
  const other = await client.bash('stty raw -echo; echo up; exec cat')
  const { frames, text } = await printed(client, slow.handle, 'up')
  const echo = frames.watch(other.handle)
  await frames.until(() => Buffer.concat(echo.chunks).includes('up'))

  const paste = randomBytes(1024 * 1024)
  for (let at = 0; at < paste.length; at += 65_536) frames.input(slow.handle, paste.subarray(at, at + 65_536))
  const sentAt = performance.now()
  frames.input(other.handle, 'are you there?')
  await frames.until(() => Buffer.concat(echo.chunks).includes('are you there?'))
  expect(performance.now() - sentAt).toBeLessThan(500)
  expect(text()).not.toContain('-')
  await frames.until(() => text().includes('-'))
  expect(text()).toContain(createHash('sha256').update(paste).digest('hex'))
})

test('a program that never reads its input holds others back for a moment only, and loses only its own', async () => {
  const { keeper, client } = await startKeeperWithDaemon(built.keeperPath)
  const stuck = await client.bash('stty raw -echo; echo up; exec sleep 1000')
  const other = await client.bash('stty raw -echo; echo up; exec cat')
  const { frames } = await printed(client, stuck.handle, 'up')
  const echo = frames.watch(other.handle)
  await frames.until(() => Buffer.concat(echo.chunks).includes('up'))
  const piece = Buffer.alloc(65_536, 'x')
  for (let sent = 0; sent < 6 * 1024 * 1024; sent += piece.length) frames.input(stuck.handle, piece)
  frames.input(other.handle, 'are you there?')
  await frames.until(() => Buffer.concat(echo.chunks).includes('are you there?'))
  await keeper.logged(/does not read its input/)
  expect(keeper.logLines.filter((line) => line.includes('does not read its input'))).toHaveLength(1)
})

test('resize reaches the program', async () => {
  const { client } = await startKeeperWithDaemon(built.keeperPath)
  const session = await client.bash(`trap 'stty size' WINCH; echo up; while :; do sleep 0.02; done`)
  const { frames, text } = await printed(client, session.handle, 'up')
  await client.control.resize.mutate({ id: session.id, cols: 133, rows: 41 })
  await frames.until(() => text().includes('41 133'))
  const [kept] = await client.control.list.query()
  expect(kept).toMatchObject({ cols: 133, rows: 41 })
})

test('a program that asks its terminal is answered by the keeper only while no viewer does', async () => {
  const { client } = await startKeeperWithDaemon(built.keeperPath)
  const session = await client.bash(
    `stty raw -echo; ask() { printf '\\033[6n'; IFS= read -rs -d R -t 5 a && printf 'got%q;' "$a"; }; ask; printf 'one;'; read -rs -n 1; printf '\\033[6ntwo;'; read -rs -n 1 k; printf 'key%q;' "$k"; sleep 1000`,
  )
  const { frames, text } = await printed(client, session.handle, 'one;')
  expect(text()).toContain(`got$'\\E[1;1';`)
  expect(await client.control.answerQueries.mutate({ id: session.id, by: 'viewer' })).toBe(text().length)
  frames.input(session.handle, 'x')
  await frames.until(() => text().includes('two;'))
  frames.input(session.handle, 'y')
  await frames.until(() => text().includes('key'))
  expect(text()).toContain('keyy;')
})
