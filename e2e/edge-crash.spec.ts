import { expect } from '@playwright/test'
import type { TestDaemon } from './fixtures/daemon.ts'
import { childrenOf, isAlive, zombiesOf } from './fixtures/processes.ts'
import { openClient, startScript } from './fixtures/socket-client.ts'
import { test } from './fixtures/test.ts'

interface Listed {
  readonly id: string
  readonly name: string
  readonly state: string
}
const list = async (daemon: TestDaemon): Promise<Listed[]> => JSON.parse(await daemon.ok('list', '--json')).sessions

test('of 300 starts at once over 300 connections exactly 200 run, the rest are told the limit, and the list works meanwhile', async ({
  daemon,
}) => {
  test.setTimeout(90_000)
  const clients = Array.from({ length: 300 }, () => openClient(daemon, 'never'))
  const starts = Promise.allSettled(
    clients.map(({ client }, index) => startScript(client, `many-${index}`, 'exec sleep 1000')),
  )
  const { client, connection } = openClient(daemon)
  const listedAt = performance.now()
  await client.session.list.query()
  const listMs = performance.now() - listedAt
  const outcomes = await starts
  const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
  expect(refused).toHaveLength(100)
  for (const error of refused) {
    expect(error.data).toMatchObject({ code: 'at_capacity', httpStatus: 503 })
    expect(error.message).toBe('200 sessions are running, which is the limit. End one of them first.')
  }
  expect(listMs).toBeLessThan(5_000)
  const keeper = await daemon.keeperPid()
  expect(childrenOf(keeper)).toHaveLength(200)
  const { sessions } = await client.session.list.query()
  const killed = await Promise.all(
    clients.slice(0, 200).map((one, index) => one.client.session.kill.mutate({ session: sessions[index]?.id ?? '' })),
  )
  expect(killed.every(({ session }) => session.state === 'killed')).toBe(true)
  await expect.poll(() => childrenOf(keeper)).toEqual([])
  const next = await startScript(client, 'after', 'exec sleep 1000')
  expect(next).toMatch(/^[0-9a-z]{12}$/)
  for (const one of [...clients, { connection }]) one.connection.close()
})

test('kill -9 of the daemon amid a storm of starts leaves no program that the next daemon does not list, and none listed that does not run', async ({
  daemon,
}) => {
  test.setTimeout(120_000)
  await daemon.ok('list')
  const keeper = await daemon.keeperPid()
  for (let round = 0; round < 4; round += 1) {
    const clients = Array.from({ length: 24 }, () => openClient(daemon, 'never'))
    const starts = clients.map(({ client }, index) => startScript(client, `storm-${round}-${index}`, 'exec sleep 1000'))
    const settled = Promise.allSettled(starts)
    // Earlier or later into the storm.
    await Promise.race([...starts, new Promise((resolve) => setTimeout(resolve, round * 15))]).catch(() => undefined)
    await daemon.end('SIGKILL')
    const outcomes = await settled
    for (const { connection } of clients) connection.close()
    await daemon.start()
    const sessions = await list(daemon)
    const answered = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    const running = sessions.filter(({ state }) => state === 'running')
    for (const id of answered) expect(running.map((one) => one.id)).toContain(id)
    expect(sessions.filter(({ state }) => state === 'starting')).toEqual([])
    expect(await daemon.keeperPid()).toBe(keeper)
    expect.soft(childrenOf(keeper), `round ${round}`).toHaveLength(running.length)
  }
  const running = (await list(daemon)).filter(({ state }) => state === 'running')
  for (const { id } of running) await daemon.ok('kill', id)
  await expect.poll(() => childrenOf(keeper)).toEqual([])
})

test('kill -9 of the keeper under 20 sessions: all are lost, none goes on unseen, and the next one starts within a second', async ({
  daemon,
}) => {
  const { client, connection } = openClient(daemon)
  for (let index = 0; index < 20; index += 1)
    await startScript(client, `victim-${index}`, 'while :; do echo x; sleep 0.05; done')
  const keeper = await daemon.keeperPid()
  const roots = childrenOf(keeper).map(({ pid }) => pid)
  expect(roots).toHaveLength(20)
  const waiting = daemon.cli('wait', 'victim-7')
  const following = daemon.cli('logs', '-f', 'victim-3')
  await new Promise((resolve) => setTimeout(resolve, 600))
  process.kill(keeper, 'SIGKILL')
  const killedAt = Date.now()
  await expect
    .poll(async () => (await client.session.list.query()).sessions.every(({ state }) => state === 'lost'), {
      intervals: [100],
    })
    .toBe(true)
  await expect
    .poll(() => startScript(client, 'next', 'exec sleep 1000').catch(() => undefined), { intervals: [100] })
    .toMatch(/^[0-9a-z]{12}$/)
  expect(Date.now() - killedAt).toBeLessThan(4_000)
  expect((await waiting).code).toBe(125)
  expect((await following).code).toBe(0)
  await expect.poll(() => roots.filter(isAlive)).toEqual([])
  expect(await daemon.keeperPid()).not.toBe(keeper)
  connection.close()
})

test('daemon and keeper killed at once: the next daemon calls the sessions lost, keeps their output and works', async ({
  daemon,
}) => {
  await daemon.ok('start', '--name', 'both', '--', 'sh', '-c', 'seq 1 1000; exec sleep 1000')
  await expect.poll(() => daemon.ok('logs', 'both')).toContain('\n1000\n')
  const keeper = await daemon.keeperPid()
  process.kill(keeper, 'SIGKILL')
  await daemon.end('SIGKILL')
  await daemon.start()
  expect(await list(daemon)).toMatchObject([{ name: 'both', state: 'lost' }])
  expect((await daemon.ok('logs', 'both')).split('\n')).toHaveLength(1001)
  expect(await daemon.cli('exec', '--', 'sh', '-c', 'echo works; exit 6')).toMatchObject({
    code: 6,
    stdout: 'works\r\n',
  })
})

test('daemon stop --all ends stubborn, stopped and double-forked programs within 15 s and leaves no keeper', async ({
  daemon,
}) => {
  test.setTimeout(60_000)
  const scripts = [
    'trap "" TERM HUP INT; while :; do sleep 1; done',
    'kill -STOP $$; exec sleep 1000',
    'trap "" TERM; (trap "" TERM HUP; sleep 1000) & wait',
    'exec cat /dev/zero',
  ]
  const { client, connection } = openClient(daemon)
  for (const [index, script] of scripts.entries()) await startScript(client, `stubborn-${index}`, script)
  const keeper = await daemon.keeperPid()
  const roots = childrenOf(keeper).map(({ pid }) => pid)
  const startedAt = Date.now()
  connection.close()
  await daemon.ok('daemon', 'stop', '--all')
  expect(Date.now() - startedAt).toBeLessThan(15_000)
  expect([keeper, ...roots].filter(isAlive)).toEqual([])
})

test('programs that fork, double-fork, close their terminal or die at once leave no zombie of the keeper', async ({
  daemon,
}) => {
  const { client, connection } = openClient(daemon)
  const scripts = [
    '(sleep 0.2 &); exit 0',
    '(setsid sleep 0.3 &) ; exit 1',
    'exec </dev/null >/dev/null 2>&1; sleep 0.3',
    '(setsid sh -c "(sleep 0.2; exit 5) & exit 3" &); exit 0',
    'for i in 1 2 3 4 5 6 7 8 9; do (setsid true &); done',
    'kill -KILL $$',
  ]
  const ids: string[] = []
  for (let round = 0; round < 5; round += 1) {
    for (const [index, script] of scripts.entries())
      ids.push(await startScript(client, `fork-${round}-${index}`, script))
  }
  for (const id of ids) {
    await expect
      .poll(async () => (await client.session.get.query({ session: id })).session.state, { intervals: [100] })
      .toBe('exited')
  }
  const keeper = await daemon.keeperPid()
  await expect.poll(() => childrenOf(keeper)).toEqual([])
  expect(zombiesOf(keeper)).toEqual([])
  connection.close()
})

test('nothing of a burst is lost through the whole stack, twenty times beside a busy session', async ({ daemon }) => {
  test.setTimeout(90_000)
  await daemon.ok('start', '--name', 'busy', '--', 'sh', '-c', 'yes busy | head -c 400000000')
  const lines = Array.from({ length: 1000 }, (_, index) => `${index + 1}\r\n`).join('')
  for (let run = 0; run < 20; run += 1) {
    const short = await daemon.cli('exec', '--', 'sh', '-c', 'seq 1 1000; exit 3')
    expect.soft(short.code).toBe(3)
    expect(short.stdout).toBe(lines)
  }
  const { client, connection } = openClient(daemon)
  for (let run = 0; run < 10; run += 1) {
    const id = await startScript(client, `burst-${run}`, 'head -c 1000000 /dev/zero | tr "\\\\0" x; exit 4')
    await expect
      .poll(async () => (await client.session.get.query({ session: id })).session.state, { intervals: [50] })
      .toBe('exited')
    const { session } = await client.session.get.query({ session: id })
    expect(session).toMatchObject({ exitCode: 4, logBytes: 1_000_000 })
  }
  connection.close()
})
