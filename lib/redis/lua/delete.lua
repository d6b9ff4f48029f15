#!lua flags=allow-oom
-- Deletes jobs that no worker holds. Those who wait for them are told, their dependents are canceled.
-- KEYS  1 the queue's prefix
-- ARGV  1 the state in which they must be, or ''  2 how many ms ago they must have ended, or ''  3... ids
-- Returns {answers, owed}: for each id 'deleted', 'gone', or the state that keeps it
--@include base
--@include place
--@include conclude
--@include lapse
--@include over
local now = clock()
local only = ARGV[1]
local ended_by = ARGV[2] ~= '' and now - ARGV[2]

local function delete(id)
  local r = read(id, 'fn', 'st', 'end', 'nx')
  if not r[1] then
    -- An id that outlived its record.
    if only ~= '' and only ~= 'started' and call('ZREM', base .. only, id) == 1 then
      write_off(id)
      tell_dependents(id, now)
    end
    return 'gone'
  end
  local st = status_of(r[2])
  if only ~= '' and st ~= only then return st end
  if ended_by and (over_of(r[2], r[3]) or now) > ended_by then return st end
  -- In bulk nobody means those of whose end not all have heard.
  if only ~= '' and is_owing(id) then return st end
  if st == 'started' or (call('ZREM', base .. st, id) == 0 and st == 'queued') then return 'started' end
  local watch = call('HGET', base .. 'watched', id) or r[4]
  if call('EXISTS', base .. 'dependents:' .. id) == 1 then watch = '+,' .. (watch or '') end
  call('ZREM', base .. 'outbox', 'reg:' .. id)
  conclude(id, 'deleted', now, 0, true, watch, '')
  unlink(id)
  return 'deleted'
end

local answers = {}
for i = 3, #ARGV do answers[i - 2] = delete(ARGV[i]) end
return { answers, owed }
