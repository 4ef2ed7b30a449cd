//! All products.

use std::collections::BTreeMap;

use super::{
    ProvisionError,
    product::{From, Need, Product},
};

/// All products, by name.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    products: BTreeMap<String, Product>,
}

impl Catalog {
    /// These products.
    ///
    /// # Errors
    /// The name that two of them have.
    pub fn new(products: impl IntoIterator<Item = Product>) -> Result<Self, String> {
        let mut catalog = Self::default();
        for product in products {
            let name = product.name().to_owned();
            if catalog.products.insert(name.clone(), product).is_some() {
                return Err(format!("there are two products {name:?}"));
            }
        }
        Ok(catalog)
    }

    /// The product of this name.
    ///
    /// # Errors
    /// [`ProvisionError::UnknownProduct`].
    pub fn get(&self, name: &str) -> Result<&Product, ProvisionError> {
        self.products.get(name).ok_or_else(|| ProvisionError::UnknownProduct(name.to_owned()))
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Product> {
        self.products.values()
    }

    /// The pools that some product takes values out of, each once, by name.
    pub fn pools(&self) -> Vec<&str> {
        let mut pools: Vec<&str> = self.iter().flat_map(Product::pools).collect();
        pools.sort_unstable();
        pools.dedup();
        pools
    }

    /// What is wrong with a value for a pool, without the value.
    pub fn problem_of(&self, pool: &str, value: &str) -> Option<&'static str> {
        let takes = |need: &&Need| need.from == From::Pool(pool.to_owned());
        self.iter().flat_map(Product::needs).filter(takes).find_map(|need| need.problem_of(value))
    }
}
