import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { sessionLogLimits } from '@sallyport/session-log/limits'
import { createMasker, HOLD_BACK_MS } from '@sallyport/session-log/masking/masker'
import { createSessionLogWriter } from '@sallyport/session-log/session-log-writer'
import { expect, onTestFinished, test } from 'vitest'
import { type Session, startSession } from './session.ts'
import { programOf } from './spawn-program.ts'
import { makeDataDir } from './testing/start-keeper.ts'
import { createWritableWatch } from './writable-watch.ts'

const TOKEN = 'ghp_0123456789'
const LONGER_THAN_HELD_BACK_MS = HOLD_BACK_MS + 200

/** A program that prints `ready` and the first half of its secret, and the rest when `go` is opened; then it opens `gone`. */
const startProgram = async (onReady: (pipes: { go: string; gone: string }, session: Session) => void) => {
  const directory = await makeDataDir()
  const pipes = { go: join(directory, 'go'), gone: join(directory, 'gone') }
  spawnSync('mkfifo', [pipes.go, pipes.gone])
  const request = {
    id: 'masked',
    file: '/bin/sh',
    args: ['-c', `printf 'ready ghp_012'; : <${pipes.go}; printf '3456789 end'; : >${pipes.gone}; exec sleep 1000`],
    env: { PATH: '/usr/bin:/bin' },
    secrets: [{ name: 'TOKEN', value: TOKEN }],
    cwd: '/',
    cols: 80,
    rows: 24,
    logDirectory: join(directory, 'log'),
    logLimits: { maxBytes: 1024 * 1024, segmentBytes: 1024 * 1024, minFreeBytes: 0 },
  }
  let text = ''
  let settle: () => void = () => undefined
  const printed = new Promise<void>((resolve) => {
    settle = resolve
  })
  const log = await createSessionLogWriter({
    directory: request.logDirectory,
    limits: sessionLogLimits(0),
    clock: Date,
    onRecording: () => undefined,
    onBacklog: () => undefined,
  })
  const session = startSession({
    handle: 1,
    request,
    program: await programOf(request, 0o022),
    log,
    masker: await createMasker(request.secrets),
    watch: createWritableWatch(),
    clock: Date,
    events: {
      onOutput: (sender, _offset, bytes) => {
        const before = text
        text += bytes.toString()
        if (before === '') onReady(pipes, sender)
        if (text.endsWith(' end')) settle()
      },
      onChanged: () => undefined,
      onInputCongestion: () => undefined,
    },
  })
  onTestFinished(async () => {
    await session.stop(0)
    session.abandonTerminal()
    await session.completed
  })
  return { session, pipes, printed, text: () => text }
}

test('a keeper that was busy for longer than it holds back shows nothing of a secret that lies in the terminal', async () => {
  const { printed, text } = await startProgram(({ go, gone }) => {
    // When what was read has been dealt with, and the time of what is held back runs.
    process.nextTick(() => {
      writeFileSync(go, '')
      readFileSync(gone)
      const until = performance.now() + LONGER_THAN_HELD_BACK_MS
      while (performance.now() < until);
    })
  })
  await printed
  expect(text()).toBe('ready [secret:TOKEN] end')
})

test('a disk that is slow for longer than is held back makes nothing of a secret pass', async () => {
  let isReady: () => void = () => undefined
  const ready = new Promise<void>((resolve) => {
    isReady = resolve
  })
  const { session, pipes, printed, text } = await startProgram((_pipes, sender) => {
    sender.holdBack(true)
    isReady()
  })
  await ready
  await writeFile(pipes.go, '')
  await readFile(pipes.gone)
  // Not to wait for something: what is tested is that this time does not count.
  await setTimeout(LONGER_THAN_HELD_BACK_MS)
  expect(text()).toBe('ready ')
  session.holdBack(false)
  await printed
  expect(text()).toBe('ready [secret:TOKEN] end')
})
