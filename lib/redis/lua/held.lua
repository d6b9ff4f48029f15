#!lua flags=no-writes
-- What some workers hold of a queue.
-- KEYS  1 the queue's prefix
-- ARGV  1 ids to answer of each  2... workers
-- Returns for each worker {how many jobs, the first ids}
--@include base
local answers = {}
for i = 2, #ARGV do
  local key = base .. 'started:' .. ARGV[i]
  local size, ids = call('HLEN', key), {}
  if size > 0 then
    local pairs_of = call('HSCAN', key, 0, 'COUNT', ARGV[1])[2]
    for n = 1, math.min(#pairs_of, 2 * ARGV[1]), 2 do ids[#ids + 1] = pairs_of[n] end
  end
  answers[i - 1] = { size, ids }
end
return answers
