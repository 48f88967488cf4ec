import { once } from 'node:events'
import { expect } from '@playwright/test'
import { test } from './fixtures/test.ts'

const count = (to: number, delay: string) => [
  'sh',
  '-c',
  `for i in $(seq 1 ${to}); do echo line $i; sleep ${delay}; done; exit 3`,
]
const numbered = (text: string) => text.split('\n').filter((line) => line.startsWith('line '))
const expected = (to: number) => Array.from({ length: to }, (_, index) => `line ${index + 1}`)

test('start, logs -f and wait give every line and the exit code of the command', async ({ daemon }) => {
  const started = await daemon.cli('start', '--name', 'hello', '--', ...count(200, '0.01'))
  expect(started.code).toBe(0)
  expect(started.stdout.trim()).toMatch(/^[0-9a-z]{12}$/)
  expect(started.stderr).toContain('sallyport attach hello')

  expect(numbered(await daemon.ok('logs', '-f', 'hello'))).toEqual(expected(200))
  expect((await daemon.cli('wait', 'hello')).code).toBe(3)

  const listed = JSON.parse(await daemon.ok('list', '--json'))
  expect(listed).toMatchObject({
    schemaVersion: 1,
    sessions: [{ name: 'hello', state: 'exited', exitCode: 3, signal: null }],
  })
})

test('kill -9 of the daemon in the middle: logs -f goes on with no gap and no duplicate', async ({ daemon }) => {
  await daemon.ok('start', '--name', 'count', '--', ...count(400, '0.01'))
  const before = JSON.parse(await daemon.ok('list', '--json')).sessions[0]
  const logs = daemon.spawnCli(['logs', '-f', 'count'])
  let text = ''
  logs.stdout?.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  const closed = once(logs, 'close')
  await expect.poll(() => numbered(text).length).toBeGreaterThan(50)
  await daemon.end('SIGKILL')
  await daemon.start()
  const after = JSON.parse(await daemon.ok('list', '--json')).sessions[0]
  expect(after).toMatchObject({ id: before.id, state: 'running' })
  const [code] = await closed
  expect(code).toBe(0)
  expect(numbered(text)).toEqual(expected(400))
  expect((await daemon.cli('wait', 'count')).code).toBe(3)
})

test('a session that ends while no daemon runs keeps its exit code and its last byte', async ({ daemon }) => {
  await daemon.ok('start', '--name', 'alone', '--', 'sh', '-c', 'read x; seq 1 5000; exit 7')
  await daemon.ok('send', 'alone', 'go')
  await daemon.end('SIGKILL')
  await daemon.start()
  expect((await daemon.cli('wait', 'alone')).code).toBe(7)
  const lines = (await daemon.ok('logs', 'alone')).split('\n')
  expect(lines).toContain('5000')
})

test('a keeper that dies: its sessions are lost, and new ones start at once', async ({ daemon }) => {
  await daemon.ok('start', '--name', 'victim', '--', 'sleep', '1000')
  process.kill(await daemon.keeperPid(), 'SIGKILL')
  expect((await daemon.cli('wait', 'victim')).code).toBe(125)
  expect(JSON.parse(await daemon.ok('list', '--json')).sessions[0]).toMatchObject({ name: 'victim', state: 'lost' })
  expect((await daemon.cli('exec', '--', 'sh', '-c', 'echo alive; exit 4')).code).toBe(4)
})

test('exec streams the output and gives the code of the command, 128+N for a signal, 125 for its own failures', async ({
  daemon,
}) => {
  expect(await daemon.cli('exec', '--', 'sh', '-c', 'printf one; exit 9')).toMatchObject({ code: 9, stdout: 'one' })
  expect((await daemon.cli('exec', '--', 'sh', '-c', 'kill -KILL $$')).code).toBe(137)
  expect((await daemon.cli('exec', '--', 'no-such-program')).code).toBe(125)
})
