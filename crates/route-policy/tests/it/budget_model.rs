//! Every interleaving of one budget with its ledger, requests, midnight and crashes, up to a bound.
//!
//! A small explicit-state explorer: from each state every possible step is taken, each new state is judged. Amounts
//! are tiny (a budget of 3, leases of 2, requests of 1 and 2): what can go wrong is an order of steps and not a size.

use std::collections::{HashSet, VecDeque};

use route_policy::{Cny, Day, Tick, budget::BudgetBook};

const LIMIT: i64 = 3;
const BLOCK: i64 = 2;
const DAYS: usize = 2;
const RUNNING_MAX: usize = 2;
const CRASHES_MAX: u8 = 2;
const FAILURES_MAX: u8 = 1;

/// One state of everything: process, disk, upstream.
#[derive(Clone, PartialEq, Eq, Hash)]
struct World {
    today: usize,
    /// In memory; `None` while the process is down.
    book: Option<BudgetBook>,
    /// On disk: leased by day.
    ledger: [i64; DAYS],
    /// Asked of the ledger, not written yet.
    wanted: Vec<(usize, i64)>,
    /// Written, and the book not told yet.
    written: Vec<(usize, i64)>,
    /// Taken from the book, not written yet.
    returned: Vec<(usize, i64)>,
    /// Requests of this process: day, held, and the upstream's bill once there is one.
    running: Vec<(usize, i64, Option<i64>)>,
    /// Requests of a process that crashed: the upstream may still bill them.
    orphans: Vec<(usize, i64)>,
    /// What the upstream billed, by day.
    billed: [i64; DAYS],
    crashes: u8,
    failures: u8,
}

/// When the ledger writes a lease down.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ledger {
    /// Before anybody hears of it.
    Durable,
    /// Never before a return: the mistake that the explorer must find.
    Forgetful,
}

fn cny(amount: i64) -> Cny {
    Cny::from_nano(amount)
}

fn day(number: usize) -> Day {
    let first: Day = "2026-11-23".parse().unwrap();
    (0..number).fold(first, |day, _| day.next())
}

fn number(of: Day) -> usize {
    (0..DAYS).find(|number| day(*number) == of).unwrap()
}

impl World {
    fn start() -> Self {
        Self {
            today: 0,
            book: Some(BudgetBook::new(Some(cny(LIMIT)))),
            ledger: [0; DAYS],
            wanted: Vec::new(),
            written: Vec::new(),
            returned: Vec::new(),
            running: Vec::new(),
            orphans: Vec::new(),
            billed: [0; DAYS],
            crashes: 0,
            failures: 0,
        }
    }

    /// Every state that one step leads to.
    fn steps(&self, ledger: Ledger) -> Vec<Self> {
        let mut next = Vec::new();
        self.process_steps(&mut next);
        self.ledger_steps(ledger, &mut next);
        self.world_steps(&mut next);
        next
    }

    /// What the process does.
    fn process_steps(&self, next: &mut Vec<Self>) {
        let Some(book) = &self.book else { return };
        let with = |change: &dyn Fn(&mut Self, &mut BudgetBook)| {
            let (mut world, mut book) = (self.clone(), book.clone());
            change(&mut world, &mut book);
            world.book = Some(book);
            world
        };
        for amount in [1, 2] {
            if self.running.len() < RUNNING_MAX {
                next.push(with(&|world, book| {
                    if book.reserve(day(world.today), cny(amount)).is_ok() {
                        world.running.push((world.today, amount, None));
                        world.running.sort_unstable();
                    }
                }));
            }
        }
        for at in 0..self.running.len() {
            next.push(with(&|world, book| match world.running.remove(at) {
                (of, held, Some(billed)) => assert_eq!(book.settle(day(of), cny(held), cny(billed)), None),
                (of, held, None) => book.release(day(of), cny(held)),
            }));
        }
        next.push(with(&|world, book| {
            // Long after any failure: how long it rests is no matter of order.
            if let Some(amount) = book.want_lease(day(world.today), cny(BLOCK), Tick::from_millis(1_000_000)) {
                world.wanted.push((world.today, amount.nano()));
            }
        }));
        for at in 0..self.written.len() {
            next.push(with(&|world, book| {
                let (of, amount) = world.written.remove(at);
                book.lease_granted(day(of), cny(amount));
            }));
        }
        next.push(with(&|world, book| {
            let over = book.take_over_days(day(world.today));
            world.returned.extend(over.map(|(of, spent)| (number(of), spent.nano())));
        }));
        if self.running.is_empty() && self.wanted.is_empty() && self.written.is_empty() && self.returned.is_empty() {
            let mut world = self.clone();
            let mut book = book.clone();
            for (of, spent) in book.take_all_days() {
                world.ledger[number(of)] = spent.nano();
            }
            world.book = None;
            next.push(world);
        }
    }

    /// What the ledger does.
    fn ledger_steps(&self, ledger: Ledger, next: &mut Vec<Self>) {
        for at in 0..self.wanted.len() {
            let mut world = self.clone();
            let (of, amount) = world.wanted.remove(at);
            let granted = amount.min(LIMIT - world.ledger[of]);
            if ledger == Ledger::Durable {
                world.ledger[of] += granted;
            }
            world.written.push((of, granted));
            next.push(world);
            if let (Some(book), true) = (&self.book, self.failures < FAILURES_MAX) {
                let (mut world, mut book) = (self.clone(), book.clone());
                world.wanted.remove(at);
                book.lease_failed(day(of), Tick::from_millis(0));
                (world.book, world.failures) = (Some(book), world.failures + 1);
                next.push(world);
            }
        }
        for at in 0..self.returned.len() {
            let mut world = self.clone();
            let (of, spent) = world.returned.remove(at);
            world.ledger[of] = spent;
            next.push(world);
        }
    }

    /// What happens to both.
    fn world_steps(&self, next: &mut Vec<Self>) {
        for (at, (of, held, billed)) in self.running.iter().enumerate() {
            for bill in (0..=*held).filter(|_| billed.is_none()) {
                let mut world = self.clone();
                world.running[at].2 = Some(bill);
                world.running.sort_unstable();
                world.billed[*of] += bill;
                next.push(world);
            }
        }
        for (at, (of, held)) in self.orphans.iter().enumerate() {
            for bill in 0..=*held {
                let mut world = self.clone();
                world.orphans.remove(at);
                world.billed[*of] += bill;
                next.push(world);
            }
        }
        if self.today + 1 < DAYS {
            next.push(Self { today: self.today + 1, ..self.clone() });
        }
        if self.book.is_some() && self.crashes < CRASHES_MAX {
            let mut world = Self { book: None, crashes: self.crashes + 1, ..self.clone() };
            (world.wanted, world.written, world.returned) = (Vec::new(), Vec::new(), Vec::new());
            let unbilled = world.running.iter().filter(|(_, _, billed)| billed.is_none());
            world.orphans.extend(unbilled.map(|(of, held, _)| (*of, *held)));
            world.orphans.sort_unstable();
            world.running.clear();
            next.push(world);
        }
        if self.book.is_none() {
            let mut book = BudgetBook::new(Some(cny(LIMIT)));
            for of in self.today..DAYS {
                if self.ledger[of] > 0 {
                    book.restore(day(of), cny(self.ledger[of]));
                }
            }
            next.push(Self { book: Some(book), ..self.clone() });
        }
    }

    /// What is wrong with this state.
    fn wrong(&self) -> Option<String> {
        for of in 0..DAYS {
            let (ledger, billed) = (self.ledger[of], self.billed[of]);
            if billed > ledger {
                return Some(format!("day {of}: billed {billed} of {ledger} on disk"));
            }
            if ledger > LIMIT {
                return Some(format!("day {of}: {ledger} leased of {LIMIT}"));
            }
            let Some(book) = &self.book else { continue };
            let status = book.status(day(of));
            if status.settled + status.reserved > status.leased || status.leased > cny(LIMIT) {
                return Some(format!("day {of}: {status:?}"));
            }
            let held: i64 = self.running.iter().filter(|(one, ..)| *one == of).map(|(_, held, _)| *held).sum();
            if status.reserved != cny(held) {
                return Some(format!("day {of}: {held} held, {:?} on the books", status.reserved));
            }
            if status.leased > cny(ledger) {
                return Some(format!("day {of}: {:?} leased in memory, {ledger} on disk", status.leased));
            }
        }
        None
    }
}

struct Explored {
    states: usize,
    wrong: Option<String>,
    /// States after a crash with a bill, states in which a budget is billed to the last bit.
    crashed_and_billed: usize,
    used_up: usize,
}

fn explore(ledger: Ledger) -> Explored {
    let mut explored = Explored { states: 0, wrong: None, crashed_and_billed: 0, used_up: 0 };
    let mut seen: HashSet<World> = HashSet::from([World::start()]);
    let mut queue: VecDeque<World> = seen.iter().cloned().collect();
    while let Some(world) = queue.pop_front() {
        explored.states += 1;
        explored.crashed_and_billed += usize::from(world.crashes > 0 && world.billed[0] > 0);
        explored.used_up += usize::from(world.billed.contains(&LIMIT));
        explored.wrong = world.wrong();
        if explored.wrong.is_some() {
            return explored;
        }
        for next in world.steps(ledger) {
            if seen.insert(next.clone()) {
                queue.push_back(next);
            }
        }
    }
    explored
}

#[test]
fn in_every_reachable_state_what_is_promised_is_leased_and_what_is_billed_is_on_disk() {
    let explored = explore(Ledger::Durable);
    assert_eq!(explored.wrong, None);
    println!("{} states", explored.states);
    assert!(explored.states > 10_000, "{} states are not what was meant", explored.states);
    assert!(explored.crashed_and_billed > 1_000 && explored.used_up > 100, "the interesting states are among them");
}

#[test]
fn a_ledger_that_forgets_a_lease_in_a_crash_is_found_out() {
    let explored = explore(Ledger::Forgetful);
    assert!(explored.wrong.is_some(), "{} states", explored.states);
}
