import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createDaemonTarget, type DaemonTarget, type DaemonTargetOptions } from './daemon-target.ts'

export interface ProcessProfile {
  readonly process: 'daemon' | 'keeper'
  /** For Chrome's DevTools, speedscope and the like. */
  readonly path: string
  /** All but idling; the start of the process is in it. */
  readonly busySeconds: number
  /** Where that time went, by the function that was running, most first. */
  readonly top: readonly { readonly share: number; readonly name: string }[]
}

const TOP_FUNCTIONS = 12

/** What of the format we read (Chrome DevTools Protocol, `Profiler.Profile`). `timeDeltas`: µs before each sample. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** Runs one figure once more, against a daemon and a keeper of its own under Node's profiler, so that profiling costs no figure anything. */
export const profileOf = async (
  figure: { readonly name: string; readonly run: (daemon: DaemonTarget) => Promise<unknown> },
  { directory, ...options }: Omit<DaemonTargetOptions, 'profiles'> & { readonly directory: string },
): Promise<ProcessProfile[]> => {
  mkdirSync(directory, { recursive: true })
  const raw = mkdtempSync(join(directory, 'raw-'))
  try {
    const daemon = await createDaemonTarget({ ...options, profiles: raw })
    await figure.run(daemon)
    await daemon.stop()
    return (['daemon', 'keeper'] as const).map((process, index) => {
      const file = readdirSync(raw).find((name) => name.split('.')[3] === String(daemon.pids[index]))
      if (file === undefined) throw new Error(`node left no profile of the ${process}`)
      const path = join(directory, `${figure.name}-${process}.cpuprofile`)
      renameSync(join(raw, file), path)
      return { process, path, ...summary(JSON.parse(readFileSync(path, 'utf8')) as CpuProfile) }
    })
  } finally {
    rmSync(raw, { recursive: true, force: true })
  }
}

const summary = ({ nodes, samples, timeDeltas }: CpuProfile): Pick<ProcessProfile, 'busySeconds' | 'top'> => {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  const self = new Map<string, number>()
  for (const [index, id] of samples.entries()) {
    const name = names.get(id) ?? '?'
    self.set(name, (self.get(name) ?? 0) + (timeDeltas[index] ?? 0))
  }
  self.delete('(idle)')
  const busy = [...self.values()].reduce((sum, time) => sum + time, 0)
  const top = [...self].sort(([, a], [, b]) => b - a).slice(0, TOP_FUNCTIONS)
  return { busySeconds: busy / 1e6, top: top.map(([name, time]) => ({ share: time / busy, name })) }
}

/** Two folders of the path say enough, and the file of a bundle is the same on every machine. */
const nameOf = ({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string => {
  const name = functionName === '' ? '(anonymous)' : functionName
  return url === '' ? name : `${name} ${url.split('/').slice(-2).join('/')}:${lineNumber + 1}`
}
