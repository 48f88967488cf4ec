/** One line of the keeper's own log: standard error, which the daemon leads to a file. Never holds output or input of a session. */
export type LogLine = (message: string) => void

const unprintable = /[^\x20-\x7e\u00a0-\uffff]/g

export const createLogLine = (clock: { now(): number }): LogLine => {
  // The file may be on a full disk, or a pipe whose reader is gone: the sessions matter more than this line.
  process.stderr.on('error', () => undefined)
  return (message) => {
    process.stderr.write(`${new Date(clock.now()).toISOString()} keeper ${message.replace(unprintable, '?')}\n`)
  }
}
