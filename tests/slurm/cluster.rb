# frozen_string_literal: true

# A Slurm of our own: munged, slurmctld and a slurmd for each of two nodes, all on this machine, with their files in one
# temporary folder, on ports that were free, and stopped at the end. Nothing of a Slurm that is installed or runs here is
# read or changed: SLURM_CONF names our slurm.conf, and that the socket of our munged.

require 'etc'
require 'fileutils'
require 'open3'
require 'securerandom'
require 'socket'
require 'tmpdir'
require_relative '../e2e/support'

class Cluster
  NODES = %w[n1 n2].freeze
  CPUS = 4
  DAEMONS = %w[munged slurmctld slurmd].freeze
  COMMANDS = %w[sbatch srun scontrol scancel squeue sinfo].freeze

  # Why there can be none here, or nil.
  def self.missing
    return 'only root can run slurmd' unless Process.uid.zero?

    path = "#{ENV.fetch('PATH')}:/usr/sbin:/sbin".split(':')
    lack = (DAEMONS + COMMANDS).reject { |name| path.any? { |dir| File.executable?("#{dir}/#{name}") } }
    lack.empty? ? nil : "not installed: #{lack.join(', ')}"
  end

  attr_reader :dir

  def initialize
    @dir = Dir.mktmpdir('hb-slurm')
    FileUtils.chmod(0o755, @dir)
    @pids = []
    %w[munge state].each { |name| FileUtils.mkdir_p("#{@dir}/#{name}", mode: 0o755) }
    NODES.each { |node| FileUtils.mkdir_p(["#{@dir}/spool/#{node}", "#{@dir}/tmp/#{node}", "#{@dir}/conf/#{node}"]) }
  end

  def start
    start_munge
    configure
    daemon('slurmctld', 'slurmctld', '-D')
    NODES.each { |node| daemon("slurmd-#{node}", 'slurmd', '-D', '-N', node, '-f', "#{@dir}/conf/#{node}/slurm.conf") }
    self.class.poll("nodes that are idle\n#{logs}", 30) { command('sinfo', '-h', '-N', '-o', '%t')[0].split == ['idle'] * NODES.size }
    self
  end

  # Jobs first: those that run would outlive slurmd.
  def stop
    command('scancel', '--user', Etc.getpwuid.name) if @pids.size > 1
    self.class.poll('an empty queue', 20) { command('squeue', '-h')[0].empty? } if @pids.size > 1
  rescue StandardError => e
    warn e.message
  ensure
    @pids.reverse_each { |pid| E2E.wait(pid, 0.01) || E2E.stop(pid) }
    FileUtils.rm_rf(@dir)
  end

  def env
    E2E::MPI_ENV.merge('SLURM_CONF' => "#{@dir}/slurm.conf", 'PATH' => "#{ENV.fetch('PATH')}:/usr/sbin:/sbin",
                       'OMPI_MCA_btl_tcp_if_include' => 'lo', 'OMPI_MCA_oob_tcp_if_include' => 'lo')
  end

  # Standard output, standard error and status.
  def command(*words, env: {}, **options)
    out, err, status = Open3.capture3(self.env.merge(env), *words, **options)
    [out, err, status.exitstatus]
  end

  # What Slurm says of a job, by name.
  def job(id)
    command('scontrol', '-o', 'show', 'job', id)[0].scan(/(\w+)=(\S*)/).to_h
  end

  def logs
    (Dir["#{@dir}/*.log"] + Dir["#{@dir}/*.out"]).sort.map { |file| "#{file}\n#{File.readlines(file).last(8).join}" }.join("\n")
  end

  def self.poll(what, seconds)
    limit = E2E.now + seconds
    until (seen = yield)
      raise "waited #{seconds} s for #{what}" if E2E.now > limit

      sleep 0.02
    end
    seen
  end

  private

  def daemon(log, *words)
    out = "#{@dir}/#{log}.out"
    @pids << Process.spawn(env, *words, in: File::NULL, out: out, err: out, pgroup: true)
  end

  def start_munge
    File.binwrite("#{@dir}/munge/key", SecureRandom.random_bytes(1024), perm: 0o600)
    files = { '--key-file' => 'key', '--socket' => 'socket', '--pid-file' => 'pid', '--log-file' => 'log', '--seed-file' => 'seed' }
    daemon('munged', 'munged', '--foreground', '--force', *files.map { |option, name| "#{option}=#{@dir}/munge/#{name}" })
    self.class.poll("munged\n#{logs}", 20) { File.socket?("#{@dir}/munge/socket") }
  end

  # Free when asked; all are asked for before one is given back.
  def free_ports(n)
    servers = Array.new(n) { TCPServer.new('127.0.0.1', 0) }
    servers.map { |server| server.addr[1] }
  ensure
    servers&.each(&:close)
  end

  # Both nodes are this machine under two names. Each has an mpi.conf, as the folders that PMIx makes for a job would be the
  # same ones. CPUs and memory are made up (config_overrides). cred_expire is how long a requeued job waits.
  def configure
    host = Socket.gethostname[/\A[^.]+/]
    ports = free_ports(1 + NODES.size)
    nodes = NODES.each_with_index.map do |node, i|
      "NodeName=#{node} NodeHostname=#{host} NodeAddr=127.0.0.1 Port=#{ports[i + 1]} CPUs=#{CPUS} RealMemory=2000"
    end
    text = <<~CONF
      ClusterName=hbtest
      SlurmctldHost=#{host}(127.0.0.1)
      SlurmctldPort=#{ports[0]}
      SlurmUser=root
      AuthType=auth/munge
      AuthInfo=socket=#{@dir}/munge/socket,cred_expire=5
      CredType=cred/munge
      StateSaveLocation=#{@dir}/state
      SlurmdSpoolDir=#{@dir}/spool/%n
      SlurmctldPidFile=#{@dir}/slurmctld.pid
      SlurmdPidFile=#{@dir}/slurmd-%n.pid
      SlurmctldLogFile=#{@dir}/slurmctld.log
      SlurmdLogFile=#{@dir}/slurmd-%n.log
      ProctrackType=proctrack/linuxproc
      TaskPlugin=task/none
      JobAcctGatherType=jobacct_gather/none
      AccountingStorageType=accounting_storage/none
      SelectType=select/cons_tres
      SelectTypeParameters=CR_CPU
      SlurmdParameters=config_overrides
      SchedulerParameters=sched_interval=1,bf_interval=1
      MpiDefault=none
      ReturnToService=2
      KillWait=5
      MailProg=/bin/true
      #{nodes.join("\n")}
      PartitionName=p Nodes=ALL Default=YES MaxTime=INFINITE State=UP
    CONF
    File.write("#{@dir}/slurm.conf", text)
    NODES.each do |node|
      File.write("#{@dir}/conf/#{node}/slurm.conf", text)
      File.write("#{@dir}/conf/#{node}/mpi.conf", "PMIxCliTmpDirBase=#{@dir}/tmp/#{node}\n")
    end
  end
end
