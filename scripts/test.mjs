import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './run.mjs'
import { setup } from './setup.mjs'
import { ensureTestTools } from './test-tools.mjs'

/*
 * `npm test`: everything, from a clean clone, on a new machine. A step that fails does not hide the others; the closing line counts the tests and, one
 * each, the checks.
 */
setup()
const results = join(root, 'node_modules/.cache/test-results')
rmSync(results, { recursive: true, force: true })
mkdirSync(results, { recursive: true })

const bin = (name) => join(root, 'node_modules/.bin', name)
const tally = { passed: 0, failed: 0 }
const failures = []

const step = (name, work) => {
  const startedAt = Date.now()
  console.log(`\n── ${name}`)
  let outcome
  try {
    outcome = work()
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    outcome = { passed: 0, failed: 1 }
  }
  tally.passed += outcome.passed
  tally.failed += outcome.failed
  if (outcome.failed > 0) failures.push(name)
  console.log(
    `── ${name}: ${outcome.failed === 0 ? 'ok' : 'FAILED'} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`,
  )
  return outcome.failed === 0
}

const execute = (command, args, env = {}) => {
  const { status, signal, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  })
  if (error) throw error
  if (signal) throw new Error(`${command} was ended by ${signal}`)
  return status ?? 1
}

const check = (command, args) => (execute(command, args) === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 })

/** A runner that exits non-zero or writes no report has failed, whatever it counted. */
const suite = (command, args, report, count, env) => {
  const status = execute(command, args, env)
  if (!existsSync(report)) return { passed: 0, failed: 1 }
  const { passed, failed } = count(JSON.parse(readFileSync(report, 'utf8')))
  if (passed + failed === 0) return { passed: 0, failed: 1 }
  return { passed, failed: status === 0 ? failed : Math.max(1, failed) }
}

step('tools of the tests', () => {
  ensureTestTools()
  return { passed: 0, failed: 0 }
})
const built = step('build', () => check(process.execPath, ['scripts/build.mjs']))
step('lint', () => check(bin('biome'), ['check', '--error-on-warnings', '.']))
step('types', () => check(bin('tsc'), ['-b']))
step('unused code', () => check(bin('knip'), []))

const unitReport = join(results, 'unit.json')
step('unit and integration', () =>
  suite(
    bin('vitest'),
    ['run', '--reporter=dot', '--reporter=json', `--outputFile.json=${unitReport}`],
    unitReport,
    (report) => ({
      passed: report.numPassedTests,
      failed:
        report.numFailedTests +
        report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length,
    }),
  ),
)

const endToEndReport = join(results, 'e2e.json')
if (built) {
  step('end to end', () =>
    suite(
      bin('playwright'),
      ['test', '--reporter=list,json'],
      endToEndReport,
      ({ stats }) => ({ passed: stats.expected, failed: stats.unexpected + stats.flaky }),
      { PLAYWRIGHT_JSON_OUTPUT_NAME: endToEndReport },
    ),
  )
}

if (failures.length > 0) console.log(`\nFailed: ${failures.join(', ')}`)
console.log(`\n${tally.passed} passed, ${tally.failed} failed`)
process.exitCode = tally.failed === 0 ? 0 : 1
