#!lua flags=no-writes
-- Some jobs of a queue, each with the jobs that it waits for, those that wait for it, and those that have heard how it ended.
-- KEYS  1 the queue's prefix
-- ARGV  1 parents and dependents of each  2... ids
-- Returns {now, and for each id {row (see row.lua) or false, parents and what it has heard of each, dependents, '1' if there are more, told}}
--@include base
--@include over
--@include row
local most = tonumber(ARGV[1])
local jobs = {}
for i = 2, #ARGV do
  local id = ARGV[i]
  local heard = call('HSCAN', base .. 'parents:' .. id, 0, 'COUNT', most)[2]
  local parents = {}
  for n = 1, math.min(#heard, 2 * most), 2 do
    parents[#parents + 1] = heard[n]
    parents[#parents + 1] = string.sub(heard[n + 1], 1, 1)
  end
  local dependents = call('ZRANGE', base .. 'dependents:' .. id, 0, most - 1)
  local more = call('HLEN', base .. 'parents:' .. id) > most or call('ZCARD', base .. 'dependents:' .. id) > most
  local told = call('ZRANGE', base .. 'told:' .. id, 0, most - 1)
  jobs[i - 1] = { is_there(id) and row(id, '0'), parents, dependents, (more or #told >= most) and 1 or 0, told }
end
return { clock(), jobs }
