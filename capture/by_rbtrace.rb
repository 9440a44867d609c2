# frozen_string_literal: true

# ruby by_rbtrace.rb PID CODE: has a process that has loaded rbtrace evaluate CODE, at most 200 bytes of it. What RBTracer
# says on standard error goes to the caller.
#
# The command rbtrace would also set kernel.msgmnb and remove other processes' message queues: this does neither.

require 'rbtrace/rbtracer'

tracer = RBTracer.new(ARGV[0])
begin
  tracer.eval(ARGV[1])
ensure
  tracer.detach
end
