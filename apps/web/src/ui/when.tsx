import type { JSX } from 'solid-js'
import { relativeTime } from '../lib/relative-time.ts'

/** `5 min ago`; the whole date for those who point at it. */
export const When = (props: { at: string; nowMs: number }): JSX.Element => (
  <time dateTime={props.at} title={new Date(props.at).toLocaleString()}>
    {relativeTime(props.at, props.nowMs)}
  </time>
)
