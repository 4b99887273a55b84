const lookMs = 500;

/**
 * npx and npm run start a command by a shell and hand SIGTERM only to that shell (@npmcli/promise-spawn): the shell
 * ends, and what it runs would go on with nobody to end it. So the end of that shell counts as SIGTERM. A command that was
 * started in another way is not watched: its parent may end at any time.
 */
export function endWithNpm(env: NodeJS.ProcessEnv = process.env): void {
  if (!['exec', 'run', 'run-script'].includes(env['npm_command'] ?? '')) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, lookMs);
  timer.unref();
}
