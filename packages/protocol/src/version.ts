/** The wire protocol's version. A server refuses other versions with close code `protocol-unsupported`. */
export const PROTOCOL_VERSION = 1
