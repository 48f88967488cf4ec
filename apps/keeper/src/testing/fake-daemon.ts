import { connectAsDaemon } from './keeper-client.ts'

/** A daemon to be killed: starts one session with the script it was given, watches it, and says its id. */
const [dataDir, script] = process.argv.slice(2) as [string, string]
const client = await connectAsDaemon(dataDir)
const session = await client.bash(script)
const frames = await client.openFrames()
const output = frames.watch(session.handle)
await client.control.answerQueries.mutate({ id: session.id, by: 'viewer' })
await frames.until(() => output.chunks.length > 0)
process.stdout.write(`${session.id}\n`)
