/** The module of web/wasm/verify, compressed (raw deflate) and in base64: build.mjs. */
declare module "verify.wasm" {
  const packed: string;
  export default packed;
}
