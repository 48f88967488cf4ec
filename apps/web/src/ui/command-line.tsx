import type { JSX } from 'solid-js'
import { CopyButton } from './copy-button.tsx'

/** A command to run in a terminal, with a button that copies it. */
export const CommandLine = (props: { command: string }): JSX.Element => (
  <div class="command-line">
    <code>
      <span class="prompt" aria-hidden="true">
        ${' '}
      </span>
      {props.command}
    </code>
    <CopyButton text={props.command} label={`Copy the command ${props.command}`} />
  </div>
)
