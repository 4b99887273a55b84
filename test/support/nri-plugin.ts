// An NRI plugin that a node starts by itself: appends the name of each pod to the file that its configuration names.
import { appendFileSync } from 'node:fs';
import { Event, NriStub } from '@slipway/nri';

let file = '';
const stub = await NriStub.connect({
  name: process.env['NRI_PLUGIN_NAME'] ?? '',
  index: process.env['NRI_PLUGIN_IDX'] ?? '',
  socket: Number(process.env['NRI_PLUGIN_SOCKET']),
  handlers: {
    configure: async ({ config }) => {
      file = config;
      return { events: 1 << (Event.RUN_POD_SANDBOX - 1) };
    },
    runPodSandbox: async ({ pod }) => {
      appendFileSync(file, `${pod?.name}\n`);
      return undefined;
    },
  },
});
stub.socket.once('close', () => process.exit(0));
