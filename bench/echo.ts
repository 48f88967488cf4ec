import { setTimeout as sleep } from 'node:timers/promises'
import { createGate } from './gate.ts'
import { echo, endless } from './programs.ts'
import { quantile } from './statistics.ts'
import type { Target } from './target.ts'
import { withResolvers } from './throughput.ts'

export interface EchoResult {
  readonly p50Ms: number
  readonly p99Ms: number
}

const WARM_UP_KEYS = 50
const KEYS = 500
/** A fast typist leaves 50 ms; 5 ms keeps the run short without keys overlapping. */
const PAUSE_MS = 5

/**
 * Round trip of one key through a program that gives it back; `besideFlood`: with another session flooding a viewer of its own. `keys` are pressed one after
 * the other, again and again.
 */
export const measureEcho = async (target: Target, besideFlood: boolean, keys = 'k'): Promise<EchoResult> => {
  const noise = besideFlood ? await target.run(endless) : undefined
  const noiseViewer = await noise?.connect(() => undefined)

  const gate = createGate()
  const session = await target.run(echo(gate))
  let answer = withResolvers<void>()
  const viewer = await session.connect(() => answer.resolve())
  await gate.reached()
  await gate.open()

  const times: number[] = []
  for (let index = 0; index < WARM_UP_KEYS + KEYS; index += 1) {
    answer = withResolvers<void>()
    const startedAt = performance.now()
    viewer.write(Buffer.from(keys.charAt(index % keys.length)))
    await answer.promise
    if (index >= WARM_UP_KEYS) times.push(performance.now() - startedAt)
    await sleep(PAUSE_MS)
  }
  viewer.close()
  noiseViewer?.close()
  await session.end()
  await noise?.end()
  return { p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99) }
}
