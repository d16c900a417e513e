/** The worker in browsers. */

import { type Answer, type Request, serve } from "./job.js";

const handle = serve((answer: Answer) => self.postMessage(answer));
self.onmessage = (event: MessageEvent<Request>) => void handle(event.data);
