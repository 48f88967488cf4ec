import { withHiddenInput } from '../terminal/hidden-prompt.ts'

/** Asks until the answer is `quit`, and tells on stdout what it got: what `reset-password` does, without a daemon. */
await withHiddenInput(process, async (ask) => {
  // After the prompt's own listener has run.
  process.on('SIGCONT', () => process.stdout.write('continued\n'))
  for (;;) {
    const line = await ask('Secret? ')
    const text = line.kind === 'line' ? line.text : ''
    process.stdout.write(
      `${JSON.stringify({ kind: line.kind, length: text.length, codes: [...text.slice(0, 40)].map((c) => c.codePointAt(0)) })}\n`,
    )
    if (text === 'quit') return
  }
})
