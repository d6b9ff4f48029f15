#!lua flags=no-writes
-- When the jobs failed that are failed now, by their causes.
-- KEYS  1 the queue's prefix
-- ARGV  1 hours  2... fingerprints
-- Returns for each fingerprint how many of its jobs failed in each of the last hours, the oldest first
--@include base
local HOUR = 3600000
local hours = tonumber(ARGV[1])
local now = clock()

local function start_of(hour)
  return '(' .. text_of(now - (hours - hour + 1) * HOUR)
end

-- `n` jobs failed in these hours. By halves: a cause that was quiet, or had one bad hour, costs few commands, and none more than one an hour.
local function spread(key, counts, first, last, n)
  if n == 0 then return end
  if first == last then
    counts[first] = n
    return
  end
  local middle = math.floor((first + last) / 2)
  local before = call('ZCOUNT', key, start_of(first), text_of(now - (hours - middle) * HOUR))
  spread(key, counts, first, middle, before)
  spread(key, counts, middle + 1, last, n - before)
end

local trends = {}
for i = 2, #ARGV do
  local key, counts = base .. 'error:' .. ARGV[i], {}
  for hour = 1, hours do counts[hour] = 0 end
  spread(key, counts, 1, hours, call('ZCOUNT', key, start_of(1), '+inf'))
  trends[i - 1] = counts
end
return trends
