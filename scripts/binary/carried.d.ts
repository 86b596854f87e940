/** Written by build-binary.mjs: where each file of the built web client lies in the program, by name. */
declare module '*/carried.ts' {
  export const carried: Readonly<Record<string, string>>
}
