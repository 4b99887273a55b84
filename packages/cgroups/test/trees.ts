/** Files of cgroups as kernels show them, shortened to the fields that are read. */

const pressureFile = (total: number): string =>
  `some avg10=0.00 avg60=0.00 avg300=0.00 total=${total}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=${total - 7}\n`;

/** A container of cgroup v2 with a quota of a fifth of a core, 128 MiB, and an exec in a cgroup of its own. */
export function v2Files(path: string): Record<string, string> {
  const at = `unified${path}`;
  return {
    [`${at}/cgroup.procs`]: '1201\n1207\n1208\n',
    [`${at}/exec-1/cgroup.procs`]: '1300\n',
    [`${at}/cgroup.events`]: 'populated 1\nfrozen 0\n',
    [`${at}/cpu.stat`]:
      'usage_usec 1504321\nuser_usec 1203456\nsystem_usec 300865\nnice_usec 0\ncore_sched.force_idle_usec 0\nnr_periods 50\nnr_throttled 12\nthrottled_usec 640120\nnr_bursts 0\nburst_usec 0\n',
    [`${at}/cpu.max`]: '20000 100000\n',
    [`${at}/cpu.weight`]: '100\n',
    [`${at}/cpu.pressure`]:
      'some avg10=1.53 avg60=0.87 avg300=0.21 total=204811\nfull avg10=1.50 avg60=0.85 avg300=0.20 total=198004\n',
    [`${at}/memory.pressure`]: pressureFile(77),
    [`${at}/io.pressure`]: pressureFile(99),
    [`${at}/memory.current`]: '61239296\n',
    [`${at}/memory.max`]: '134217728\n',
    [`${at}/memory.low`]: '0\n',
    [`${at}/memory.peak`]: '70000640\n',
    [`${at}/memory.swap.current`]: '8192\n',
    [`${at}/memory.swap.max`]: 'max\n',
    [`${at}/memory.events`]: 'low 0\nhigh 0\nmax 3\noom 1\noom_kill 1\noom_group_kill 0\n',
    [`${at}/memory.stat`]:
      'anon 52428800\nfile 7340032\nkernel 1470464\nkernel_stack 114688\npagetables 421888\nsec_pagetables 0\npercpu 1440\nsock 0\nvmalloc 0\nshmem 0\nfile_mapped 1048576\nfile_dirty 0\nfile_writeback 0\nswapcached 0\ninactive_anon 52420608\nactive_anon 8192\ninactive_file 4210688\nactive_file 3129344\nunevictable 0\nslab_reclaimable 512000\nslab_unreclaimable 204800\nslab 716800\nworkingset_refault_anon 0\nworkingset_refault_file 0\npgscan 0\npgsteal 0\npgfault 15340\npgmajfault 12\n',
    [`${at}/pids.current`]: '7\n',
    [`${at}/pids.max`]: 'max\n',
    [`${at}/io.stat`]:
      '8:0 rbytes=1310720 wbytes=10485760 rios=40 wios=160 dbytes=0 dios=0\n253:1 rbytes=0 wbytes=4096 rios=0 wios=1 dbytes=0 dios=0\n',
    [`${at}/hugetlb.2MB.current`]: '4194304\n',
    [`${at}/hugetlb.2MB.max`]: 'max\n',
    [`${at}/hugetlb.2MB.events`]: 'max 0\n',
  };
}

/** The like on v1, with a swap limit of 64 MiB more; the pressure is of a hybrid host. */
export function v1Files(path: string): Record<string, string> {
  const stat = [
    'cache 7340000\nrss 52420608\npgfault 15000\npgmajfault 11\ninactive_file 4210000\nactive_file 3129000',
    'hierarchical_memory_limit 134217728\nhierarchical_memsw_limit 201326592',
    'total_cache 7340032\ntotal_rss 52428800\ntotal_rss_huge 0\ntotal_mapped_file 1048576\ntotal_swap 8192',
    'total_pgfault 15340\ntotal_pgmajfault 12\ntotal_inactive_file 4210688\ntotal_active_file 3129344\n',
  ].join('\n');
  const unlimited = '9223372036854771712\n';
  return {
    [`cpuacct${path}/cpuacct.usage`]: '1504321987\n',
    [`cpuacct${path}/cpuacct.stat`]: 'user 120\nsystem 30\n',
    [`cpu${path}/cpu.stat`]: 'nr_periods 50\nnr_throttled 12\nthrottled_time 640120345\nnr_bursts 0\nburst_time 0\n',
    [`cpu${path}/cpu.cfs_period_us`]: '100000\n',
    [`cpu${path}/cpu.cfs_quota_us`]: '-1\n',
    [`cpu${path}/cpu.shares`]: '512\n',
    [`memory${path}/memory.usage_in_bytes`]: '61239296\n',
    [`memory${path}/memory.limit_in_bytes`]: '134217728\n',
    [`memory${path}/memory.soft_limit_in_bytes`]: unlimited,
    [`memory${path}/memory.memsw.limit_in_bytes`]: '201326592\n',
    [`memory${path}/memory.failcnt`]: '9\n',
    [`memory${path}/memory.oom_control`]: 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n',
    [`memory${path}/memory.stat`]: stat,
    [`pids${path}/cgroup.procs`]: '1201\n1207\n1208\n',
    [`pids${path}/pids.current`]: '7\n',
    [`pids${path}/pids.max`]: '100\n',
    [`blkio${path}/blkio.throttle.io_service_bytes_recursive`]:
      '8:0 Read 1310720\n8:0 Write 10485760\n8:0 Sync 0\n8:0 Async 11796480\n8:0 Discard 0\n8:0 Total 11796480\nTotal 11796480\n',
    [`blkio${path}/blkio.throttle.io_serviced_recursive`]: '8:0 Read 40\n8:0 Write 160\n8:0 Total 200\nTotal 200\n',
    [`hugetlb${path}/hugetlb.2MB.usage_in_bytes`]: '4194304\n',
    [`hugetlb${path}/hugetlb.2MB.max_usage_in_bytes`]: '6291456\n',
    [`unified${path}/cgroup.events`]: 'populated 1\nfrozen 0\n',
    [`unified${path}/memory.pressure`]: pressureFile(77),
  };
}
