import { createMemo, type JSX } from 'solid-js'
import { encode } from 'uqr'
import { QUIET_MODULES, qrPath } from './qr-path.ts'

/** Black on white in both colour schemes, because many readers see nothing in the reverse. Drawn as a path: no markup is parsed. */
export const QrCode = (props: { text: string; label: string }): JSX.Element => {
  const code = createMemo(() => {
    const { data, size } = encode(props.text, { ecc: 'M', border: 0 })
    return { path: qrPath(data), side: size + 2 * QUIET_MODULES }
  })
  return (
    <svg class="qr-code" viewBox={`0 0 ${code().side} ${code().side}`} role="img" aria-label={props.label}>
      <rect width={code().side} height={code().side} />
      <path d={code().path} />
    </svg>
  )
}
