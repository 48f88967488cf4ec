import type { SpawnRequest } from '@sallyport/keeper-protocol/keeper-router'
import type { ConfigValues } from '../config/schema.ts'

const MAX_SEGMENT_BYTES = 8 * 1024 * 1024
const MIN_SEGMENT_BYTES = 32 * 1024

/** A session's log drops its oldest segment when it is full: 1/32 of the cap goes at a time, as in session-log's own limits. */
export const keeperLogLimits = (values: ConfigValues): SpawnRequest['logLimits'] => {
  const maxBytes = values['log.max_bytes_per_session']
  const segmentBytes = Math.max(MIN_SEGMENT_BYTES, Math.min(MAX_SEGMENT_BYTES, Math.floor(maxBytes / 32)))
  return { maxBytes, segmentBytes, minFreeBytes: values['log.min_free_bytes'] }
}
