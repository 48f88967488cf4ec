import { keyBytes } from '@sallyport/contract/keys'

/** What Ctrl and then `data` means: a control character for one printable character, else `data` as it is. */
export const withControl = (data: string): string => (data.length === 1 ? (keyBytes(`ctrl+${data}`) ?? data) : data)
