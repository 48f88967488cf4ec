import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { namesInProjectEnv } from './project-env-file.ts'

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sallyport-env-file-'))
})
afterEach(() => rm(directory, { recursive: true }))

const namesIn = async (text: string | Buffer): Promise<string[]> => {
  await writeFile(join(directory, '.env'), text)
  return [...(await namesInProjectEnv(directory))]
}

it('finds the names as programs that read such files do', async () => {
  const text = '\ufeffFIRST=1\n# COMMENT=1\n  export A = "x"\r\nB=\nC=D=E\n\nnot a line\n9=1\nE: 1\n=1\nLAST=1'
  expect(await namesIn(text)).toEqual(['FIRST', 'A', 'B', 'C', 'LAST'])
})

it('looks at the beginning of a file that is too long to have been written by hand', async () => {
  const filler = Buffer.alloc(10 * 1024 * 1024, 'x')
  expect(await namesIn(Buffer.concat([Buffer.from('A=1\nB='), filler, Buffer.from('\nC=1')]))).toEqual(['A', 'B'])
})

it('has no names without a file, for a directory and for bytes that are no text', async () => {
  expect([...(await namesInProjectEnv(join(directory, 'gone')))]).toEqual([])
  expect(await namesIn(Buffer.from([0xff, 0x00, 0x0a, 0x3d, 0x0a]))).toEqual([])
  await rm(join(directory, '.env'))
  await mkdir(join(directory, '.env'))
  expect([...(await namesInProjectEnv(directory))]).toEqual([])
})

it('does not wait for the writer of a pipe', async () => {
  await promisify(execFile)('mkfifo', [join(directory, '.env')])
  expect([...(await namesInProjectEnv(directory))]).toEqual([])
})
