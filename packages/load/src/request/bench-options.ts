/** The command's options as commander hands them over. */
export interface BenchOptions {
  rate?: string;
  concurrency?: string;
  duration: string;
  warmUp: string;
  requests: string;
  maxInFlight: string;
  expectedInterval?: string;
  operation: string[];
  socket: string[];
  pid: string[];
  handler?: string;
  image?: string;
  layers?: string;
  size: string;
  mounts?: string;
  reference?: string;
  hostNetwork?: boolean;
  pods: string;
  exec: string;
}
