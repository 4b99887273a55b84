import type { Dispatcher } from 'undici';
import type { FlowLimits } from './watch.js';

export interface HttpResponse {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string | string[] | undefined>;
  body: Dispatcher.ResponseData['body'];
  /** How slowly the body may come: whoever reads it watches that. */
  flow: FlowLimits;
  /** Where the answer came from, after redirects. */
  url: URL;
}
