import type { Command } from 'commander'

/** One line at the end of the help that can be typed as it stands. */
export const example = (command: Command, line: string): Command =>
  command.addHelpText('after', `\nExample:\n  ${line}`)
