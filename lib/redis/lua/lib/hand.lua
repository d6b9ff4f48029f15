-- A job goes to a worker that waits for one, past its queue.

local MOST_BYTES = 65536

-- A lone job that finds its queue empty and a worker idle is claimed for that worker and sent to it by its own channel, which spares both
-- the way by the bell. A worker that is gone has nobody on that channel, and the job is queued as any other.
local function hand_to_idle(channels, flags, now, score, id, made, args, is_plain)
  if #args > MOST_BYTES or pause_left(flags, now) ~= -1 then return false end
  local idle = redis.pcall('ZPOPMAX', base .. 'idle')
  if not idle[1] or tonumber(idle[2]) + IDLE_MS < now then return false end
  local lease_ms, worker = string.match(idle[1], '^(%d+):(.+)$')
  if not worker then return false end
  -- The end of a queue is given out once, so that this claim is told from every other by the place alone.
  local token = 'h' .. score .. ':' .. score
  local job = cjson.encode({ id, token, is_plain and made or call('HGETALL', job_key(id)), is_plain and args or '' })
  local heard = redis.pcall('PUBLISH', channels .. worker, 'job ' .. string.match(base, '{(.*)}') .. ' ' .. job)
  if heard == 0 or type(heard) == 'table' then return false end
  call('ZADD', base .. 'workers', 'GT', text_of(now + lease_ms), worker)
  call('HSET', base .. 'started:' .. worker, id, token)
  return true
end
