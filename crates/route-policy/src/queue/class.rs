//! Requests that compete for the same channels.

use std::{collections::HashMap, sync::Arc};

use crate::{Ask, ChannelKey};

/// How many of a class are asked in one pass: the largest first, then smaller ones.
const ASKED_PER_PASS: u32 = 8;

/// All classes that somebody waits in.
#[derive(Debug, Default)]
pub(super) struct Classes {
    classes: Vec<Class>,
    /// Positions of classes that nobody waits in.
    free: Vec<usize>,
    positions: HashMap<Key, usize>,
    /// Classes that may have room in this pass.
    open: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    model: Arc<str>,
    group: Option<Arc<str>>,
    tried: Vec<ChannelKey>,
}

#[derive(Debug)]
struct Class {
    key: Key,
    waiting: usize,
    channels: u64,
    /// In this pass, only requests of fewer tokens may find room; nothing: none may.
    below: u64,
    asked: u32,
}

impl Classes {
    pub(super) fn join(&mut self, ask: &Ask, channels: u64) -> usize {
        let key = Key { model: ask.model.clone(), group: ask.group.clone(), tried: ask.tried.clone() };
        let position = match self.positions.get(&key) {
            Some(position) => *position,
            None => self.add(key),
        };
        let class = &mut self.classes[position];
        class.waiting += 1;
        class.channels = channels;
        position
    }

    pub(super) fn leave(&mut self, position: usize) {
        let class = &mut self.classes[position];
        class.waiting -= 1;
        if class.waiting == 0 {
            self.open -= usize::from(class.below > 0);
            class.below = 0;
            self.positions.remove(&class.key);
            self.free.push(position);
        }
    }

    pub(super) fn contend(&self, channels: u64) -> bool {
        self.classes.iter().any(|class| class.waiting > 0 && class.channels & channels != 0)
    }

    pub(super) fn begin_pass(&mut self) {
        self.open = 0;
        for class in &mut self.classes {
            (class.below, class.asked) = (if class.waiting > 0 { u64::MAX } else { 0 }, 0);
            self.open += usize::from(class.waiting > 0);
        }
    }

    pub(super) fn any_open(&self) -> bool {
        self.open > 0
    }

    pub(super) fn is_open(&self, position: usize, tokens: u64) -> bool {
        let below = self.classes[position].below;
        below == u64::MAX || tokens < below
    }

    /// One of `tokens` found no room; `None`: nor would a smaller one.
    pub(super) fn found_no_room(&mut self, position: usize, tokens: Option<u64>) {
        let class = &mut self.classes[position];
        let was_open = class.below > 0;
        class.asked += 1;
        class.below = tokens.filter(|_| class.asked < ASKED_PER_PASS).unwrap_or(0);
        self.open -= usize::from(was_open && class.below == 0);
    }

    fn add(&mut self, key: Key) -> usize {
        let class = Class { key: key.clone(), waiting: 0, channels: 0, below: 0, asked: 0 };
        let position = match self.free.pop() {
            Some(position) => {
                self.classes[position] = class;
                position
            }
            None => {
                self.classes.push(class);
                self.classes.len() - 1
            }
        };
        self.positions.insert(key, position);
        position
    }
}
