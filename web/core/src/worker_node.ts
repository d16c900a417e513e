/** The worker in Node.js. */

import { parentPort } from "node:worker_threads";

import { type Request, serve } from "./job.js";

const handle = serve((answer) => parentPort?.postMessage(answer));
parentPort?.on("message", (request: Request) => void handle(request));
