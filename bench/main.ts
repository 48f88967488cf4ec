/**
 * `npm run bench`: SPEC section 16, V1 to V5 and V8. Daemon and bare server run in the same process tree on the same machine, measured by turns, three times, and the
 * median counts. A figure that misses says MISS; nothing here is tuned to pass.
 *
 *     node main.js [--only V1,V4] [--profiles <directory>] <sallyport bin> <bare-server.js> <http port>
 */

import { readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { crc32 } from 'node:zlib'
import { createBareTarget } from './bare-target.ts'
import { createDaemonTarget } from './daemon-target.ts'
import { measureEcho } from './echo.ts'
import { measureExitLoss } from './exit-loss.ts'
import { type FootprintResult, measureFootprint } from './footprint.ts'
import { lines } from './programs.ts'
import { measureStalledViewer } from './stalled-viewer.ts'
import { median } from './statistics.ts'
import type { Target } from './target.ts'
import { measureThroughput } from './throughput.ts'

const ROUNDS = 3
const commandLine = parseArgs({
  options: { only: { type: 'string' }, profiles: { type: 'string' } },
  allowPositionals: true,
})
const [bin, bareServer, port] = commandLine.positionals
if (bin === undefined || bareServer === undefined || port === undefined)
  throw new Error('usage: main [--only V1,V4] [--profiles <directory>] <bin> <bare-server> <port>')
const { profiles } = commandLine.values
const only = commandLine.values.only?.split(',')
const isWanted = (id: string): boolean => only === undefined || only.includes(id)

const file = async (mebibytes: number) => {
  const made = await lines(mebibytes)
  return { ...made, checksum: crc32(readFileSync(made.path)) }
}

const misses: string[] = []
const row = (
  id: string,
  what: string,
  ours: string,
  bare: string,
  ratio: string,
  wanted: string,
  met: boolean,
): void => {
  if (!met) misses.push(id)
  console.log(`| ${id} | ${what} | ${ours} | ${bare} | ${ratio} | ${wanted} | ${met ? 'met' : '**MISS**'} |`)
}

/** Both targets by turns, ROUNDS times; the medians of one figure per result. */
const byTurns = async <R>(targets: readonly [Target, Target], measure: (target: Target) => Promise<R>) => {
  const ours: R[] = []
  const bare: R[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    ours.push(await measure(targets[0]))
    bare.push(await measure(targets[1]))
  }
  return (figure: (result: R) => number) => ({ ours: median(ours.map(figure)), bare: median(bare.map(figure)) })
}

const starts: number[] = []
if (isWanted('V5')) {
  for (let round = 0; round < ROUNDS; round += 1) {
    const fresh = await createDaemonTarget({ bin, freePort: Number(port), profiles })
    starts.push(fresh.firstAnswerMs)
    await fresh.stop()
  }
}
const daemon = await createDaemonTarget({ bin, freePort: Number(port), profiles })
// Before anything else has warmed it up: what an idle daemon weighs.
const footprint = isWanted('V5') ? await measureFootprint(daemon) : undefined
const bare = createBareTarget(bareServer)
const targets = [daemon, bare] as const
// A run that is cut short must not leave a flood behind: the keeper outlives everybody who does not tell it to end.
process.once('SIGTERM', () => {
  void Promise.all([bare.stop(), daemon.stop()]).then(() => process.exit(1))
})

console.log(
  `${new Date().toISOString().slice(0, 10)} · ${cpus().length} × ${cpus()[0]?.model.trim()} · ${Math.round(totalmem() / 2 ** 30)} GiB · Linux ${release()} · Node ${process.versions.node}\n`,
)
console.log('| | what | Sallyport | bare server | ratio | wanted | |\n|---|---|---|---|---|---|---|')

const hundred = await file(100)

const oneViewer = async () => {
  const one = await byTurns(targets, (target) => measureThroughput(target, hundred, 1))
  const speed = one((result) => result.megabytesPerSecond)
  const cpu = one((result) => result.serverCpuSeconds)
  row(
    'V1',
    '1 viewer, 100 MiB',
    `${speed.ours.toFixed(1)} MB/s`,
    `${speed.bare.toFixed(1)} MB/s`,
    (speed.ours / speed.bare).toFixed(2),
    '≥ 0.9',
    speed.ours >= 0.9 * speed.bare,
  )
  row(
    'V1',
    'server CPU for it',
    `${cpu.ours.toFixed(2)} s`,
    `${cpu.bare.toFixed(2)} s`,
    (cpu.ours / cpu.bare).toFixed(2),
    '≤ 1.5',
    cpu.ours <= 1.5 * cpu.bare,
  )
}

const tenViewers = async () => {
  const ten = (await byTurns(targets, (target) => measureThroughput(target, hundred, 10)))(
    (result) => result.megabytesPerSecond,
  )
  row(
    'V2',
    '10 viewers, sum',
    `${ten.ours.toFixed(0)} MB/s`,
    `${ten.bare.toFixed(0)} MB/s`,
    (ten.ours / ten.bare).toFixed(2),
    '≥ 0.8',
    ten.ours >= 0.8 * ten.bare,
  )
}

const stalledViewer = async () => {
  const large = await file(200)
  const alone: number[] = []
  const beside: number[] = []
  const growth: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    alone.push((await measureThroughput(daemon, large, 1)).megabytesPerSecond)
    const stalled = await measureStalledViewer(daemon, large)
    beside.push(stalled.megabytesPerSecond)
    growth.push(stalled.growthMebibytes)
  }
  const bareGrowth = (await measureStalledViewer(bare, large)).growthMebibytes
  const [speedAlone, speedBeside] = [median(alone), median(beside)]
  row(
    'V3',
    'viewer beside a stalled one, 200 MiB',
    `${speedBeside.toFixed(1)} of ${speedAlone.toFixed(1)} MB/s alone`,
    '',
    (speedBeside / speedAlone).toFixed(2),
    '≥ 0.95',
    speedBeside >= 0.95 * speedAlone,
  )
  row(
    'V3',
    'growth while it is stalled',
    `${median(growth).toFixed(1)} MiB`,
    `${bareGrowth.toFixed(1)} MiB`,
    '',
    '≤ 16 MiB',
    median(growth) <= 16,
  )
}

const keyEcho = async () => {
  const idle = await byTurns(targets, (target) => measureEcho(target, false))
  const [p50, p99] = [idle((result) => result.p50Ms), idle((result) => result.p99Ms)]
  row(
    'V4',
    'key echo, idle, p50',
    `${p50.ours.toFixed(2)} ms`,
    `${p50.bare.toFixed(2)} ms`,
    (p50.ours / p50.bare).toFixed(2),
    '≤ 2.5 and < 1.5 ms',
    p50.ours <= 2.5 * p50.bare && p50.ours < 1.5,
  )
  row(
    'V4',
    'key echo, idle, p99',
    `${p99.ours.toFixed(2)} ms`,
    `${p99.bare.toFixed(2)} ms`,
    (p99.ours / p99.bare).toFixed(2),
    '< 5 ms',
    p99.ours < 5,
  )
  const busy = (await byTurns(targets, (target) => measureEcho(target, true)))((result) => result.p99Ms)
  row(
    'V4',
    'key echo beside a flood, p99',
    `${busy.ours.toFixed(2)} ms`,
    `${busy.bare.toFixed(2)} ms`,
    (busy.ours / busy.bare).toFixed(2),
    '≤ 3',
    busy.ours <= 3 * busy.bare,
  )
}

const startAndFootprint = (footprint: FootprintResult) => {
  const start = median(starts)
  row('V5', 'first HTTP answer', `${start.toFixed(0)} ms`, '', '', '< 400 ms', start < 400)
  row(
    'V5',
    'daemon and keeper idle, PSS',
    `${footprint.idlePssMebibytes.toFixed(0)} MiB`,
    '',
    '',
    '≤ 100 MB',
    footprint.idlePssMebibytes * 1.048576 <= 100,
  )
  row(
    'V5',
    'one idle session',
    `${footprint.perIdleSessionMebibytes.toFixed(2)} MiB`,
    '',
    '',
    '≤ 1 MB',
    footprint.perIdleSessionMebibytes * 1.048576 <= 1,
  )
}

const exitLoss = async () => {
  for (const [name, { runs, runsWithLoss, missingBytes }] of await measureExitLoss(daemon)) {
    row(
      'V8',
      `${name}, exit at once`,
      `${missingBytes} bytes missing in ${runsWithLoss} of ${runs} runs`,
      '',
      '',
      '0',
      runsWithLoss === 0,
    )
  }
}

if (isWanted('V1')) await oneViewer()
if (isWanted('V2')) await tenViewers()
if (isWanted('V3')) await stalledViewer()
if (isWanted('V4')) await keyEcho()
if (footprint !== undefined) startAndFootprint(footprint)
if (isWanted('V8')) await exitLoss()

await bare.stop()
await daemon.stop()
console.log(
  misses.length === 0
    ? '\nAll met.'
    : `\nMissed: ${[...new Set(misses)].join(', ')}. \`npm run bench -- --profile\` writes CPU profiles.`,
)
process.exitCode = misses.length === 0 ? 0 : 1
