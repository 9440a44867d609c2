# What Puma serves: every request leaks a string. BALLAST objects stay.
BALLAST = Array.new(ENV['BALLAST'].to_i) { |i| [i, i.to_s] }
LEAK = {}
run(lambda do |_env|
  LEAK[LEAK.size] = "request number #{LEAK.size}, kept for ever"
  [200, { 'Content-Type' => 'text/plain' }, ["ok\n"]]
end)
